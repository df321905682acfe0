import type { Queryable } from '@smile/postgres';

export type FaceRow = {
  readonly id: string;
  readonly personId: string;
  readonly scanId: string;
  readonly modelVersion: string;
  readonly keyId: string;
  readonly sealedTemplate: Uint8Array;
  readonly poseCount: number;
  readonly frameCount: number;
  readonly simulated: boolean;
  readonly enrolledAt: Date;
};

export async function putFace(db: Queryable, row: FaceRow): Promise<void> {
  await db.query(
    `INSERT INTO faces (id, person_id, scan_id, model_version, key_id, sealed_template, pose_count, frame_count,
                        simulated, enrolled_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (person_id) DO UPDATE SET
       id = excluded.id, scan_id = excluded.scan_id, model_version = excluded.model_version,
       key_id = excluded.key_id, sealed_template = excluded.sealed_template, pose_count = excluded.pose_count,
       frame_count = excluded.frame_count, simulated = excluded.simulated, enrolled_at = excluded.enrolled_at`,
    [
      row.id,
      row.personId,
      row.scanId,
      row.modelVersion,
      row.keyId,
      row.sealedTemplate,
      row.poseCount,
      row.frameCount,
      row.simulated,
      row.enrolledAt,
    ],
  );
}

export async function findFace(
  db: Queryable,
  personId: string,
): Promise<Pick<FaceRow, 'id' | 'modelVersion' | 'sealedTemplate'> | null> {
  const found = await db.query<{ id: string; model_version: string; sealed_template: Buffer }>(
    'SELECT id, model_version, sealed_template FROM faces WHERE person_id = $1',
    [personId],
  );
  const row = found.rows[0];
  return row ? { id: row.id, modelVersion: row.model_version, sealedTemplate: row.sealed_template } : null;
}

export async function hasFace(db: Queryable, personId: string, modelVersion: string): Promise<boolean> {
  const found = await db.query('SELECT 1 FROM faces WHERE person_id = $1 AND model_version = $2', [
    personId,
    modelVersion,
  ]);
  return found.rows.length > 0;
}

export async function removeFace(db: Queryable, personId: string): Promise<boolean> {
  const removed = await db.query('DELETE FROM faces WHERE person_id = $1', [personId]);
  return (removed.rowCount ?? 0) > 0;
}

/** Keys that templates are sealed with, other than `keyId`. */
export async function foreignKeyIds(db: Queryable, keyId: string): Promise<string[]> {
  const found = await db.query<{ key_id: string }>('SELECT DISTINCT key_id FROM faces WHERE key_id <> $1 LIMIT 10', [
    keyId,
  ]);
  return found.rows.map((row) => row.key_id);
}
