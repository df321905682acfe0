import type { AuditPort } from '../context.ts';
import { newRowId } from '../ids.ts';

/** Writes who did what, in the transaction of the deed itself, so that neither exists without the other. */
export function createAudit(): AuditPort {
  return {
    async record(client, entry) {
      await client.query(
        'INSERT INTO audit_entries (id, actor, action, subject, details) VALUES ($1, $2, $3, $4, $5)',
        [newRowId(), entry.actor, entry.action, entry.subject, JSON.stringify(entry.details ?? {})],
      );
    },
  };
}
