import { prepared, type Queryable } from '@smile/postgres';
import type { ConsentKind, ConsentRow, FacePayState, PersonRow, PhoneStepWish } from './model.ts';
import type { E164 } from './phone.ts';

const PERSON = `id, phone, face_pay AS "facePay", phone_step AS "phoneStep", pin_hash AS "pinHash", created_at AS "createdAt"`;

export async function findPerson(db: Queryable, personId: string): Promise<PersonRow | null> {
  const found = await db.query<PersonRow>(`SELECT ${PERSON} FROM people WHERE id = $1`, [personId]);
  return found.rows[0] ?? null;
}

/** Holds the person's row until the transaction ends: for changes that depend on what it says. */
export async function lockPerson(db: Queryable, personId: string): Promise<PersonRow | null> {
  const [person] = await lockPeople(db, [personId]);
  return person ?? null;
}

/** In the order of their ids, so that two who want several wait for each other rather than deadlock. */
export async function lockPeople(db: Queryable, personIds: readonly string[]): Promise<PersonRow[]> {
  const found = await prepared<PersonRow>(
    db,
    `SELECT ${PERSON} FROM people WHERE id = ANY ($1) ORDER BY id FOR UPDATE`,
    [personIds],
  );
  return found.rows;
}

export async function findPersonByPhone(db: Queryable, phone: E164): Promise<PersonRow | null> {
  const found = await db.query<PersonRow>(`SELECT ${PERSON} FROM people WHERE phone = $1`, [phone]);
  return found.rows[0] ?? null;
}

export async function findPeople(db: Queryable, personIds: readonly string[]): Promise<PersonRow[]> {
  const found = await db.query<PersonRow>(`SELECT ${PERSON} FROM people WHERE id = ANY($1)`, [personIds]);
  return found.rows;
}

export async function findPeopleByLastFour(db: Queryable, lastFour: string, limit: number): Promise<PersonRow[]> {
  const found = await db.query<PersonRow>(
    `SELECT ${PERSON} FROM people WHERE right(phone, 4) = $1 ORDER BY id LIMIT $2`,
    [lastFour, limit],
  );
  return found.rows;
}

export async function updatePhoneStep(db: Queryable, personId: string, phoneStep: PhoneStepWish): Promise<void> {
  await db.query('UPDATE people SET phone_step = $2 WHERE id = $1', [personId, phoneStep]);
}

/** False when somebody with this number is there already. */
export async function insertPerson(
  db: Queryable,
  person: { id: string; phone: E164; createdAt: Date },
): Promise<boolean> {
  const inserted = await db.query(
    'INSERT INTO people (id, phone, created_at) VALUES ($1, $2, $3) ON CONFLICT (phone) DO NOTHING',
    [person.id, person.phone, person.createdAt],
  );
  return inserted.rowCount === 1;
}

export async function updateFacePay(db: Queryable, personId: string, facePay: FacePayState): Promise<void> {
  await db.query('UPDATE people SET face_pay = $2 WHERE id = $1', [personId, facePay]);
}

export async function updatePin(db: Queryable, personId: string, pinHash: string): Promise<void> {
  await db.query('UPDATE people SET pin_hash = $2 WHERE id = $1', [personId, pinHash]);
}

export async function insertAuthCode(
  db: Queryable,
  code: { id: string; phone: E164; codeHash: Buffer; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO people_auth_codes (id, phone, code_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
    [code.id, code.phone, code.codeHash, code.createdAt, code.expiresAt],
  );
}

export type AuthCodeRow = {
  readonly phone: E164;
  readonly codeHash: Buffer;
  readonly attempts: number;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
};

/** Counts an attempt and returns the code as it is with it: counting first leaves no room for guesses in parallel. */
export async function takeAuthCodeAttempt(db: Queryable, id: string): Promise<AuthCodeRow | null> {
  const found = await db.query<AuthCodeRow>(
    `UPDATE people_auth_codes SET attempts = attempts + 1 WHERE id = $1
     RETURNING phone, code_hash AS "codeHash", attempts, expires_at AS "expiresAt", used_at AS "usedAt"`,
    [id],
  );
  return found.rows[0] ?? null;
}

/** False when it was used by somebody quicker. */
export async function useAuthCode(db: Queryable, id: string, at: Date): Promise<boolean> {
  const used = await db.query('UPDATE people_auth_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL', [id, at]);
  return used.rowCount === 1;
}

export async function insertSession(
  db: Queryable,
  session: { id: string; personId: string; tokenHash: Buffer; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO people_sessions (id, person_id, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
    [session.id, session.personId, session.tokenHash, session.createdAt, session.expiresAt],
  );
}

export async function findSession(
  db: Queryable,
  tokenHash: Buffer,
  at: Date,
): Promise<{ personId: string; sessionId: string } | null> {
  const found = await db.query<{ personId: string; sessionId: string }>(
    `SELECT person_id AS "personId", id AS "sessionId" FROM people_sessions
     WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2`,
    [tokenHash, at],
  );
  return found.rows[0] ?? null;
}

export async function revokeSession(db: Queryable, sessionId: string, at: Date): Promise<void> {
  await db.query('UPDATE people_sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL', [sessionId, at]);
}

export async function insertConsent(db: Queryable, personId: string, consent: ConsentRow): Promise<void> {
  await db.query(
    `INSERT INTO people_consents (person_id, kind, version, given_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (person_id, kind, version) DO NOTHING`,
    [personId, consent.kind, consent.version, consent.givenAt],
  );
}

export async function listConsents(db: Queryable, personId: string): Promise<ConsentRow[]> {
  const found = await db.query<ConsentRow>(
    `SELECT kind, version, given_at AS "givenAt" FROM people_consents WHERE person_id = $1 ORDER BY given_at, kind`,
    [personId],
  );
  return found.rows;
}

export async function hasConsentVersion(
  db: Queryable,
  personId: string,
  kind: ConsentKind,
  version: string,
): Promise<boolean> {
  const found = await db.query('SELECT 1 FROM people_consents WHERE person_id = $1 AND kind = $2 AND version = $3', [
    personId,
    kind,
    version,
  ]);
  return found.rows.length > 0;
}

/** One-time codes and messages live for minutes; what is left of them goes with their phone numbers. */
export async function deleteOldCodes(db: Queryable, before: Date): Promise<void> {
  await db.query('DELETE FROM people_auth_codes WHERE expires_at < $1', [before]);
  await db.query('DELETE FROM people_outbox WHERE created_at < $1', [before]);
  await db.query('DELETE FROM people_sessions WHERE expires_at < $1', [before]);
}
