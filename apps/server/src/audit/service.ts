import { runWrite, type Write } from '@smile/postgres';
import type { AuditEntry, AuditPort } from '../context.ts';
import { newRowId } from '../ids.ts';

export type Audit = AuditPort & {
  /** The same as a write, to be sent with others. */
  recorded(entries: readonly AuditEntry[]): Write;
};

/** Writes who did what, in the transaction of the deed itself, so that neither exists without the other. */
export function createAudit(): Audit {
  const recorded: Audit['recorded'] = (entries) => ({
    text: `INSERT INTO audit_entries (id, actor, action, subject, details)
      SELECT id, actor, action, subject, details
      FROM jsonb_to_recordset($1) AS e (id uuid, actor text, action text, subject text, details jsonb)`,
    values: [JSON.stringify(entries.map((entry) => ({ details: {}, ...entry, id: newRowId() })))],
    rows: entries.length,
  });
  return { recorded, record: (client, entry) => runWrite(client, recorded([entry])) };
}
