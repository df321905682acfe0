import { API_SCOPES, type ApiKey, type ApiScope, type ShownApiKey } from '@smile/contract';
import { type Client, inTransaction, type Pool, type Queryable } from '@smile/postgres';
import type { AuditPort } from '../context.ts';
import type { Callers, MerchantRef } from '../http/callers.ts';
import { newId, newSecretToken } from '../ids.ts';
import { fail, ok, type Result } from '../result.ts';
import type { StaffErrorCode } from './errors.ts';
import { hashToken } from './tokens.ts';

type MerchantCaller = Omit<Callers['merchant'], 'kind'>;
type NewKey = { readonly name: string; readonly scopes: readonly ApiScope[] };

/** Keys of a merchant's own software. A secret is shown when it is made and kept as a hash. */
export type ApiKeys = {
  /** Null for a wrong, expired or revoked one. */
  byApiKey(secret: string): Promise<MerchantCaller | null>;
  /** By an operator: a merchant's first key. */
  issue(owner: MerchantRef, wanted: NewKey, actor: string): Promise<ShownApiKey>;
  /** By a key: for the same merchant and mode, and no more than it may itself. */
  create(by: MerchantCaller, wanted: NewKey): Promise<Result<ShownApiKey, StaffErrorCode>>;
  list(
    owner: MerchantRef,
    page: { limit: number; cursor?: string },
  ): Promise<{ data: ApiKey[]; nextCursor: string | null }>;
  /** A new secret with the same name and scopes; the old one goes on for `overlapMs`, so that software can be changed over. */
  roll(by: MerchantCaller, keyId: string, overlapMs: number): Promise<Result<ShownApiKey, StaffErrorCode>>;
  revoke(by: MerchantCaller, keyId: string): Promise<Result<ApiKey, StaffErrorCode>>;
  /** For the demo: makes a known secret work, with every scope there is. A revoked one stays revoked. */
  ensure(secret: string, owner: MerchantRef & { name: string }): Promise<void>;
};

type KeyRow = Omit<ApiKey, 'createdAt' | 'expiresAt' | 'revokedAt'> & {
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly rolledTo: string | null;
};

const KEY = `id, livemode, name, scopes, hint, created_at AS "createdAt", expires_at AS "expiresAt",
  revoked_at AS "revokedAt", rolled_to AS "rolledTo"`;

export function createApiKeys(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly audit: AuditPort;
}): ApiKeys {
  const { pool, now, audit } = deps;

  async function insert(db: Queryable, owner: MerchantRef, wanted: NewKey): Promise<ShownApiKey> {
    const { merchantId, livemode } = owner;
    // A restricted key says so in its name, as people expect; what it may do stands in its row.
    const kind = API_SCOPES.every((scope) => allows(wanted.scopes, scope)) ? 'sk' : 'rk';
    const secret = `${kind}_${livemode ? 'live' : 'test'}_${newSecretToken()}`;
    const inserted = await db.query<KeyRow>(
      `INSERT INTO staff_api_keys (id, merchant_id, livemode, name, scopes, token_hash, hint, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${KEY}`,
      [
        newId('apiKey'),
        merchantId,
        livemode,
        wanted.name,
        [...new Set(wanted.scopes)],
        hashToken(secret),
        secret.slice(-4),
        now(),
      ],
    );
    return { ...toKey(inserted.rows[0]), secret };
  }

  async function lock(client: Client, owner: MerchantRef, keyId: string): Promise<KeyRow | null> {
    const found = await client.query<KeyRow>(
      `SELECT ${KEY} FROM staff_api_keys WHERE id = $1 AND merchant_id = $2 AND livemode = $3 FOR UPDATE`,
      [keyId, owner.merchantId, owner.livemode],
    );
    return found.rows[0] ?? null;
  }

  return {
    async byApiKey(secret) {
      if (!/^[sr]k_(test|live)_/.test(secret)) return null;
      const found = await pool.query<MerchantCaller>(
        `SELECT id AS "keyId", merchant_id AS "merchantId", livemode, scopes FROM staff_api_keys
         WHERE token_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`,
        [hashToken(secret), now()],
      );
      return found.rows[0] ?? null;
    },

    issue: (owner, wanted, actor) =>
      inTransaction(pool, async (client) => {
        const key = await insert(client, owner, wanted);
        await audit.record(client, { actor, action: 'api_key.created', subject: key.id });
        return key;
      }),

    create: (by, wanted) =>
      inTransaction(pool, async (client) => {
        if (!wanted.scopes.every((scope) => allows(by.scopes, scope))) {
          return fail('api_key_scope_exceeded', { param: 'scopes' });
        }
        const key = await insert(client, by, wanted);
        await audit.record(client, { actor: by.keyId, action: 'api_key.created', subject: key.id });
        return ok(key);
      }),

    async list(owner, page) {
      const found = await pool.query<KeyRow>(
        `SELECT ${KEY} FROM staff_api_keys
         WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3) ORDER BY id DESC LIMIT $4`,
        [owner.merchantId, owner.livemode, page.cursor ?? null, page.limit + 1],
      );
      const shown = found.rows.slice(0, page.limit);
      return {
        data: shown.map(toKey),
        nextCursor: found.rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null,
      };
    },

    roll: (by, keyId, overlapMs) =>
      inTransaction(pool, async (client) => {
        const old = await lock(client, by, keyId);
        if (!old) return fail('api_key_not_found');
        if (!old.scopes.every((scope) => allows(by.scopes, scope))) return fail('api_key_scope_exceeded');
        const at = now();
        if (old.revokedAt || old.rolledTo || (old.expiresAt && old.expiresAt <= at)) return fail('api_key_ended');
        const key = await insert(client, by, old);
        await client.query('UPDATE staff_api_keys SET expires_at = $2, rolled_to = $3 WHERE id = $1', [
          old.id,
          new Date(at.getTime() + overlapMs),
          key.id,
        ]);
        await audit.record(client, { actor: by.keyId, action: 'api_key.rolled', subject: old.id });
        return ok(key);
      }),

    revoke: (by, keyId) =>
      inTransaction(pool, async (client) => {
        const key = await lock(client, by, keyId);
        if (!key) return fail('api_key_not_found');
        if (key.revokedAt) return ok(toKey(key));
        const revokedAt = now();
        await client.query('UPDATE staff_api_keys SET revoked_at = $2 WHERE id = $1', [keyId, revokedAt]);
        await audit.record(client, { actor: by.keyId, action: 'api_key.revoked', subject: keyId });
        return ok(toKey({ ...key, revokedAt }));
      }),

    async ensure(secret, { merchantId, livemode, name }) {
      await pool.query(
        `INSERT INTO staff_api_keys (id, merchant_id, livemode, name, scopes, token_hash, hint, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (token_hash) DO UPDATE SET scopes = excluded.scopes`,
        [newId('apiKey'), merchantId, livemode, name, API_SCOPES, hashToken(secret), secret.slice(-4), now()],
      );
    },
  };
}

function allows(scopes: readonly ApiScope[], wanted: ApiScope): boolean {
  const held: readonly string[] = scopes;
  return held.includes(wanted) || held.includes(wanted.replace(/:read$/, ':write'));
}

function toKey({ createdAt, expiresAt, revokedAt, rolledTo: _, ...key }: KeyRow): ApiKey {
  return {
    ...key,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}
