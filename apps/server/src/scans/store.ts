import type { Client, Queryable } from '@smile/postgres';
import type { LightCalibration } from './light.ts';
import { type KeptEvidence, type ScanPurpose, type ScanState, statesBefore } from './model.ts';

export type NewScanRow = {
  readonly id: string;
  readonly terminalId: string;
  readonly purpose: ScanPurpose;
  readonly paymentId: string | null;
  readonly personId: string | null;
  readonly nonce: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
};

export type ScanRow = {
  readonly id: string;
  readonly terminalId: string;
  readonly purpose: ScanPurpose;
  readonly paymentId: string | null;
  readonly personId: string | null;
  readonly state: ScanState;
  readonly nonce: string;
  readonly expiresAt: Date | null;
  readonly evidence: KeptEvidence | null;
  readonly sealedProbe: Uint8Array | null;
};

export async function insertScan(db: Queryable, scan: NewScanRow): Promise<void> {
  await db.query(
    `INSERT INTO scans (id, terminal_id, purpose, payment_id, person_id, state, nonce, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, 'created', $6, $7, $8)`,
    [scan.id, scan.terminalId, scan.purpose, scan.paymentId, scan.personId, scan.nonce, scan.createdAt, scan.expiresAt],
  );
}

const COLUMNS = `id, terminal_id AS "terminalId", purpose, payment_id AS "paymentId", person_id AS "personId", state,
  nonce, expires_at AS "expiresAt", evidence, sealed_probe AS "sealedProbe"`;

export async function findScan(db: Queryable, id: string): Promise<ScanRow | null> {
  const found = await db.query<ScanRow>(`SELECT ${COLUMNS} FROM scans WHERE id = $1`, [id]);
  return found.rows[0] ?? null;
}

export async function lockScan(client: Client, id: string): Promise<ScanRow | null> {
  const found = await client.query<ScanRow>(`SELECT ${COLUMNS} FROM scans WHERE id = $1 FOR UPDATE`, [id]);
  return found.rows[0] ?? null;
}

/** created -> streaming, once and in time. Null when somebody else was first or the time is over. */
export async function openScan(
  db: Queryable,
  scan: { readonly id: string; readonly terminalId: string; readonly now: Date; readonly expiresAt: Date },
): Promise<ScanRow | null> {
  const opened = await db.query<ScanRow>(
    `UPDATE scans SET state = 'streaming', expires_at = $4
     WHERE id = $1 AND terminal_id = $2 AND state = ANY($5) AND expires_at > $3
     RETURNING ${COLUMNS}`,
    [scan.id, scan.terminalId, scan.now, scan.expiresAt, statesBefore('streaming')],
  );
  return opened.rows[0] ?? null;
}

/** The outcome of a stream. False when the scan was ended meanwhile, by the sweep for instance. */
export async function settleScan(
  db: Queryable,
  scan: {
    readonly id: string;
    readonly state: Exclude<ScanState, 'created' | 'streaming' | 'consumed' | 'expired'>;
    readonly decidedAt: Date;
    readonly evidence: KeptEvidence;
    readonly sealedProbe: Uint8Array | null;
    readonly expiresAt: Date | null;
  },
): Promise<boolean> {
  const settled = await db.query(
    `UPDATE scans SET state = $2, decided_at = $3, evidence = $4, sealed_probe = $5, expires_at = $6
     WHERE id = $1 AND state = ANY($7)`,
    [
      scan.id,
      scan.state,
      scan.decidedAt,
      JSON.stringify(scan.evidence),
      scan.sealedProbe,
      scan.expiresAt,
      statesBefore(scan.state),
    ],
  );
  return settled.rowCount === 1;
}

/** live -> consumed, which takes the template out of the row. */
export async function consumeScan(client: Client, id: string): Promise<boolean> {
  const consumed = await client.query(
    `UPDATE scans SET state = 'consumed', sealed_probe = NULL, expires_at = NULL WHERE id = $1 AND state = ANY($2)`,
    [id, statesBefore('consumed')],
  );
  return consumed.rowCount === 1;
}

/** Ends what is over: unopened, untaken, and streams whose server is gone. The numbers of scans that were ended. */
export async function sweepScans(
  db: Queryable,
  now: Date,
  limit: number,
): Promise<{ readonly expired: number; readonly aborted: number }> {
  const end = async (to: ScanState) => {
    const swept = await db.query(
      `UPDATE scans SET state = $1, sealed_probe = NULL, expires_at = NULL
       WHERE id IN (SELECT id FROM scans WHERE state = ANY($2) AND expires_at <= $3 LIMIT $4)
         AND state = ANY($2) AND expires_at <= $3`,
      [to, statesBefore(to), now, limit],
    );
    return swept.rowCount ?? 0;
  };
  return { expired: await end('expired'), aborted: await end('aborted') };
}

export async function findLightCalibration(db: Queryable, terminalId: string): Promise<LightCalibration | null> {
  const found = await db.query<LightCalibration>(
    'SELECT latency_ms AS "latencyMs", samples, camera FROM scans_light_calibration WHERE terminal_id = $1',
    [terminalId],
  );
  return found.rows[0] ?? null;
}

export async function putLightCalibration(
  db: Queryable,
  calibration: LightCalibration & { readonly terminalId: string; readonly updatedAt: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO scans_light_calibration (terminal_id, latency_ms, samples, camera, updated_at)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (terminal_id) DO UPDATE
     SET latency_ms = excluded.latency_ms, samples = excluded.samples, camera = excluded.camera,
         updated_at = excluded.updated_at`,
    [calibration.terminalId, calibration.latencyMs, calibration.samples, calibration.camera, calibration.updatedAt],
  );
}
