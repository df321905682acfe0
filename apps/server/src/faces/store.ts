import { type Client, prepared, type Queryable } from '@smile/postgres';
import type { WrappedKey } from './vault/key-service.ts';

export type FaceRow = {
  readonly id: string;
  readonly personId: string;
  readonly scanId: string;
  readonly modelVersion: string;
  readonly templateVersion: number;
  readonly sealedTemplate: Uint8Array;
  readonly poseCount: number;
  readonly frameCount: number;
  readonly simulated: boolean;
  readonly enrolledAt: Date;
  readonly sealedAt: Date;
};

/** A template with the key that opens it. */
export type SealedFace = {
  readonly personId: string;
  readonly modelVersion: string;
  readonly templateVersion: number;
  readonly sealedTemplate: Uint8Array;
  readonly enrolledAt: Date;
  readonly sealedAt: Date;
} & (
  | { readonly wrappedKey: WrappedKey; readonly directKeyId: null }
  /** From before the vault: sealed with the key-encryption key itself. */
  | { readonly wrappedKey: null; readonly directKeyId: string }
);

export type TemplateKey = { readonly personId: string; readonly modelVersion: string };

/** The version of what is stored, held until the transaction ends; 0 when there is nothing. */
export async function lockTemplateVersion(client: Client, { personId, modelVersion }: TemplateKey): Promise<number> {
  const found = await client.query<{ version: number }>(
    'SELECT template_version AS version FROM faces WHERE person_id = $1 AND model_version = $2 FOR UPDATE',
    [personId, modelVersion],
  );
  return found.rows[0]?.version ?? 0;
}

/** Stores or replaces the template of this person and model, and its key. In one transaction, or they do not fit. */
export async function putFace(client: Client, row: FaceRow, key: WrappedKey): Promise<void> {
  await client.query(
    `INSERT INTO faces (id, person_id, scan_id, model_version, sealed_template, pose_count, frame_count,
                        simulated, enrolled_at, template_version, sealed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (person_id, model_version) DO UPDATE SET
       id = excluded.id, scan_id = excluded.scan_id, key_id = NULL, sealed_template = excluded.sealed_template,
       pose_count = excluded.pose_count, frame_count = excluded.frame_count, simulated = excluded.simulated,
       enrolled_at = excluded.enrolled_at, template_version = excluded.template_version,
       sealed_at = excluded.sealed_at, compared_at = NULL`,
    [
      row.id,
      row.personId,
      row.scanId,
      row.modelVersion,
      row.sealedTemplate,
      row.poseCount,
      row.frameCount,
      row.simulated,
      row.enrolledAt,
      row.templateVersion,
      row.sealedAt,
    ],
  );
  await putKey(client, row, key, row.sealedAt);
}

/** False when the template was replaced or deleted since it was read: then nothing is changed. */
export async function resealFace(
  client: Client,
  was: TemplateKey & { readonly templateVersion: number },
  now: { readonly sealedTemplate: Uint8Array; readonly key: WrappedKey; readonly at: Date },
): Promise<boolean> {
  const updated = await client.query(
    `UPDATE faces SET sealed_template = $4, key_id = NULL, template_version = template_version + 1, sealed_at = $5
     WHERE person_id = $1 AND model_version = $2 AND template_version = $3`,
    [was.personId, was.modelVersion, was.templateVersion, now.sealedTemplate, now.at],
  );
  if (updated.rowCount !== 1) return false;
  await putKey(client, was, now.key, now.at);
  return true;
}

async function putKey(client: Client, { personId, modelVersion }: TemplateKey, key: WrappedKey, at: Date) {
  await client.query(
    `INSERT INTO face_keys (person_id, model_version, kek_id, kek_version, wrapped_key, created_at)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (person_id, model_version) DO UPDATE SET
       kek_id = excluded.kek_id, kek_version = excluded.kek_version, wrapped_key = excluded.wrapped_key,
       created_at = excluded.created_at`,
    [personId, modelVersion, key.keyId, key.version, key.bytes, at],
  );
}

type SealedRow = {
  readonly personId: string;
  readonly modelVersion: string;
  readonly templateVersion: number;
  readonly sealedTemplate: Buffer;
  readonly enrolledAt: Date;
  readonly sealedAt: Date;
  readonly directKeyId: string | null;
  readonly kekId: string | null;
  readonly kekVersion: number | null;
  readonly wrappedKey: Buffer | null;
};

const SEALED = `f.person_id AS "personId", f.model_version AS "modelVersion", f.template_version AS "templateVersion",
  f.sealed_template AS "sealedTemplate", f.enrolled_at AS "enrolledAt", f.sealed_at AS "sealedAt", f.key_id AS "directKeyId",
  k.kek_id AS "kekId", k.kek_version AS "kekVersion", k.wrapped_key AS "wrappedKey"`;
const WITH_KEY = `faces f LEFT JOIN face_keys k ON k.person_id = f.person_id AND k.model_version = f.model_version`;

function sealedFace(row: SealedRow): SealedFace {
  const { directKeyId, kekId, kekVersion, wrappedKey, ...face } = row;
  if (directKeyId !== null) return { ...face, wrappedKey: null, directKeyId };
  if (kekId === null || kekVersion === null || wrappedKey === null) {
    throw new Error('a face template has no key: its row in face_keys is gone');
  }
  return { ...face, wrappedKey: { keyId: kekId, version: kekVersion, bytes: wrappedKey }, directKeyId: null };
}

/** The templates of these people under one model version. */
export async function findFaces(
  db: Queryable,
  wanted: { readonly personIds: readonly string[]; readonly modelVersion: string },
): Promise<SealedFace[]> {
  const found = await db.query<SealedRow>(
    `SELECT ${SEALED} FROM ${WITH_KEY} WHERE f.person_id = ANY($1) AND f.model_version = $2`,
    [wanted.personIds, wanted.modelVersion],
  );
  return found.rows.map(sealedFace);
}

/** A page of all templates in the order of person and model, from behind `after`. */
export async function listFaces(
  db: Queryable,
  page: {
    readonly after: TemplateKey;
    readonly limit: number;
    readonly personId?: string;
    readonly modelVersion?: string;
    readonly sealedBefore?: Date;
    /** Only those from before the vault. */
    readonly direct?: true;
  },
): Promise<SealedFace[]> {
  const found = await db.query<SealedRow>(
    `SELECT ${SEALED} FROM ${WITH_KEY}
     WHERE (f.person_id, f.model_version) > ($1, $2)
       AND ($4::text IS NULL OR f.person_id = $4) AND ($5::text IS NULL OR f.model_version = $5)
       AND ($6::timestamptz IS NULL OR f.sealed_at < $6) AND ($7::boolean IS NULL OR f.key_id IS NOT NULL)
     ORDER BY f.person_id, f.model_version LIMIT $3`,
    [
      page.after.personId,
      page.after.modelVersion,
      page.limit,
      page.personId ?? null,
      page.modelVersion ?? null,
      page.sealedBefore ?? null,
      page.direct ?? null,
    ],
  );
  return found.rows.map(sealedFace);
}

/** The model versions this person has templates of. */
export async function modelVersionsOf(db: Queryable, personId: string): Promise<string[]> {
  const found = await db.query<{ version: string }>(
    'SELECT model_version AS version FROM faces WHERE person_id = $1 ORDER BY enrolled_at',
    [personId],
  );
  return found.rows.map(({ version }) => version);
}

/** Keys first: from then on the templates are noise, whatever happens to the second statement. */
export async function removeFaces(client: Client, personId: string): Promise<boolean> {
  await client.query('DELETE FROM face_keys WHERE person_id = $1', [personId]);
  await client.query('DELETE FROM face_look_alikes WHERE person_id = $1 OR other_id = $1', [personId]);
  const removed = await client.query('DELETE FROM faces WHERE person_id = $1', [personId]);
  return (removed.rowCount ?? 0) > 0;
}

/** Every template of one model version. */
export async function removeModel(client: Client, modelVersion: string): Promise<number> {
  await client.query('DELETE FROM face_keys WHERE model_version = $1', [modelVersion]);
  await client.query('DELETE FROM face_look_alikes WHERE model_version = $1', [modelVersion]);
  const removed = await client.query('DELETE FROM faces WHERE model_version = $1', [modelVersion]);
  return removed.rowCount ?? 0;
}

export type KeyRow = TemplateKey & { readonly wrappedKey: WrappedKey };

/** Keys that are not wrapped by this version of the key-encryption key. */
export async function listKeysNotOf(db: Queryable, kekVersion: number, limit: number): Promise<KeyRow[]> {
  const found = await db.query<TemplateKey & { keyId: string; version: number; bytes: Buffer }>(
    `SELECT person_id AS "personId", model_version AS "modelVersion", kek_id AS "keyId", kek_version AS version,
            wrapped_key AS bytes
     FROM face_keys WHERE kek_version <> $1 LIMIT $2`,
    [kekVersion, limit],
  );
  return found.rows.map(({ personId, modelVersion, ...wrappedKey }) => ({ personId, modelVersion, wrappedKey }));
}

/** False when the key was replaced or deleted meanwhile. */
export async function rewrapKey(db: Queryable, was: KeyRow, now: WrappedKey): Promise<boolean> {
  const updated = await db.query(
    `UPDATE face_keys SET kek_id = $4, kek_version = $5, wrapped_key = $6
     WHERE person_id = $1 AND model_version = $2 AND wrapped_key = $3`,
    [was.personId, was.modelVersion, was.wrappedKey.bytes, now.keyId, now.version, now.bytes],
  );
  return updated.rowCount === 1;
}

/** The ids of all key-encryption keys that anything is sealed or wrapped with, and how much by each. */
export async function countByKey(db: Queryable): Promise<{ keyId: string; version: number | null; count: number }[]> {
  const found = await db.query<{ keyId: string; version: number | null; count: number }>(
    `SELECT kek_id AS "keyId", kek_version AS version, count(*)::int AS count FROM face_keys GROUP BY 1, 2
     UNION ALL
     SELECT key_id, NULL, count(*)::int FROM faces WHERE key_id IS NOT NULL GROUP BY 1
     ORDER BY 2, 1`,
  );
  return found.rows;
}

export async function countByModel(
  db: Queryable,
): Promise<{ modelVersion: string; count: number; simulated: number }[]> {
  const found = await db.query<{ modelVersion: string; count: number; simulated: number }>(
    `SELECT model_version AS "modelVersion", count(*)::int AS count,
            (count(*) FILTER (WHERE simulated))::int AS simulated
     FROM faces GROUP BY 1 ORDER BY 1`,
  );
  return found.rows;
}

/** The cutoff of the renewal under way; begins one when there is none. */
export async function beginRenewal(db: Queryable, cutoff: Date): Promise<Date> {
  await db.query(`INSERT INTO face_vault_runs (kind, cutoff) VALUES ('renew', $1) ON CONFLICT (kind) DO NOTHING`, [
    cutoff,
  ]);
  return (await renewalCutoff(db)) ?? cutoff;
}

export async function renewalCutoff(db: Queryable): Promise<Date | null> {
  const found = await db.query<{ cutoff: Date }>(`SELECT cutoff FROM face_vault_runs WHERE kind = 'renew'`);
  return found.rows[0]?.cutoff ?? null;
}

export async function endRenewal(db: Queryable): Promise<void> {
  await db.query(`DELETE FROM face_vault_runs WHERE kind = 'renew'`);
}

export async function countSealedBefore(db: Queryable, cutoff: Date): Promise<number> {
  const found = await db.query<{ count: number }>('SELECT count(*)::int AS count FROM faces WHERE sealed_at < $1', [
    cutoff,
  ]);
  return found.rows[0].count;
}

/** Whose templates were sealed since `since`, oldest first. */
export async function listSealedSince(
  db: Queryable,
  wanted: { readonly modelVersion: string; readonly since: Date; readonly limit: number },
): Promise<{ personId: string; templateVersion: number; sealedAt: Date }[]> {
  const found = await db.query<{ personId: string; templateVersion: number; sealedAt: Date }>(
    `SELECT person_id AS "personId", template_version AS "templateVersion", sealed_at AS "sealedAt" FROM faces
     WHERE model_version = $1 AND sealed_at >= $2 ORDER BY sealed_at LIMIT $3`,
    [wanted.modelVersion, wanted.since, wanted.limit],
  );
  return found.rows;
}

/** People whose template has not been searched for among all others yet, the longest waiting first. */
export async function listUncompared(db: Queryable, modelVersion: string, limit: number): Promise<string[]> {
  const found = await db.query<{ personId: string }>(
    `SELECT person_id AS "personId" FROM faces WHERE model_version = $1 AND compared_at IS NULL
     ORDER BY sealed_at LIMIT $2`,
    [modelVersion, limit],
  );
  return found.rows.map(({ personId }) => personId);
}

/** What the search for look-alikes of a person found takes the place of what an earlier one did. */
export async function putLookAlikes(
  client: Client,
  of: TemplateKey & { readonly templateVersion: number },
  otherIds: readonly string[],
  at: Date,
): Promise<void> {
  await client.query('DELETE FROM face_look_alikes WHERE model_version = $2 AND (person_id = $1 OR other_id = $1)', [
    of.personId,
    of.modelVersion,
  ]);
  await client.query(
    `INSERT INTO face_look_alikes (person_id, other_id, model_version, found_at)
     SELECT $1, other, $3, $4::timestamptz FROM unnest($2::text[]) AS other
     UNION ALL SELECT other, $1, $3, $4::timestamptz FROM unnest($2::text[]) AS other
     ON CONFLICT DO NOTHING`,
    [of.personId, otherIds, of.modelVersion, at],
  );
  await client.query(
    `UPDATE faces SET compared_at = $4 WHERE person_id = $1 AND model_version = $2 AND template_version = $3`,
    [of.personId, of.modelVersion, of.templateVersion, at],
  );
}

/** Those of whom a look-alike is known, or has not been searched for yet. */
export async function mayHaveLookAlikes(
  db: Queryable,
  personIds: readonly string[],
  modelVersion: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await prepared<{ personId: string }>(
    db,
    `SELECT person_id AS "personId" FROM face_look_alikes WHERE person_id = ANY ($1) AND model_version = $2
     UNION SELECT person_id FROM faces WHERE person_id = ANY ($1) AND model_version = $2 AND compared_at IS NULL`,
    [personIds, modelVersion],
  );
  return new Set(rows.map(({ personId }) => personId));
}
