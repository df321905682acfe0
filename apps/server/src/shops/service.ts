import { createHmac, createPublicKey } from 'node:crypto';
import { type Menu, MenuSchema, type Shop, type Terminal, type TerminalProfile } from '@smile/contract';
import { type Client, inTransaction, type Pool, type Queryable } from '@smile/postgres';
import type { AuditPort } from '../context.ts';
import type { TerminalRef } from '../http/callers.ts';
import { fail, ok, type Result } from '../result.ts';
import { ATTEMPTS, type Attempts } from '../risk/attempts.ts';
import type { ShopsErrorCode } from './errors.ts';
import * as store from './store.ts';

export type ShopForOrders = { readonly shop: Shop; readonly menu: Menu; readonly timeZone: string };

type SigningTerminal = { readonly terminal: TerminalRef; readonly publicKey: string; readonly disabled: boolean };

/** A terminal that another server disables or pairs anew is known to this one after so long. */
export const TERMINAL_KNOWN_MS = 1_000;
const TERMINALS_KNOWN = 5_000;

export type Shops = {
  /** What it says may be as old as `TERMINAL_KNOWN_MS`: every request of a terminal asks. */
  terminalForSignature(terminalId: string): Promise<SigningTerminal | null>;
  pairTerminal(given: {
    pairingCode: string;
    publicKey: string;
    model: string;
    softwareVersion: string;
    address: string;
  }): Promise<Result<Terminal, ShopsErrorCode>>;
  profile(terminalId: string): Promise<TerminalProfile>;
  /** Throws when there is no such shop: callers have its id from a terminal or an order. */
  shopForOrders(db: Queryable, shopId: string): Promise<ShopForOrders>;

  hasMerchant(merchantId: string): Promise<boolean>;
  /** Whether there is such a shop of this merchant. */
  isOf(db: Queryable, shopId: string, merchantId: string): Promise<boolean>;

  /** Making and refreshing shops; the demo uses it, and the console will. */
  putMerchant(merchant: { id: string; name: string }): Promise<void>;
  putShop(shop: store.NewShop): Promise<void>;
  putTerminal(terminal: { id: string; shopId: string; name: string; testMode: boolean }): Promise<void>;
  /** Makes `code` pair `terminalId`, once, for `lifeMs`. */
  putPairingCode(terminalId: string, code: string, lifeMs: number): Promise<void>;
};

export function createShops(deps: {
  readonly pool: Pool;
  readonly now: () => Date;
  readonly deriveKey: (purpose: string) => Buffer;
  readonly attempts: Attempts;
  readonly audit: AuditPort;
}): Shops {
  const { pool, now } = deps;
  const codeKey = deps.deriveKey('pairing-codes');
  const hashCode = (code: string): Buffer => createHmac('sha256', codeKey).update(code.trim().toUpperCase()).digest();

  const known = new Map<string, { readonly sinceMs: number; readonly terminal: Promise<SigningTerminal | null> }>();
  async function readTerminal(terminalId: string): Promise<SigningTerminal | null> {
    const row = await store.findTerminalForSignature(pool, terminalId);
    if (!row?.publicKey) return null;
    const { id, shopId, merchantId, country, testMode } = row;
    return {
      terminal: { id, shopId, merchantId, country, testMode },
      publicKey: row.publicKey,
      disabled: row.state === 'disabled',
    };
  }

  return {
    terminalForSignature(terminalId) {
      const nowMs = now().getTime();
      const seen = known.get(terminalId);
      if (seen && nowMs - seen.sinceMs < TERMINAL_KNOWN_MS) return seen.terminal;
      if (known.size >= TERMINALS_KNOWN) known.clear();
      const terminal = readTerminal(terminalId);
      known.set(terminalId, { sinceMs: nowMs, terminal });
      const forget = () => known.delete(terminalId);
      // Only what is there is kept: nobody fills the memory with made-up ids, and a pairing is known at once.
      terminal.then((found) => found ?? forget(), forget);
      return terminal;
    },

    async pairTerminal(given) {
      if (!isEd25519Key(given.publicKey)) return fail('public_key_invalid', { param: 'publicKey' });
      const attempt = await deps.attempts.take(ATTEMPTS.pairing, given.address);
      if (!attempt.ok) return fail('pairing_attempts_limited', { retryAfterMs: attempt.retryAfterMs });
      const terminal = await inTransaction(pool, async (client) => {
        const at = now();
        const terminalId = await store.usePairingCode(client, hashCode(given.pairingCode), at);
        if (terminalId === null) return null;
        const { publicKey, model, softwareVersion } = given;
        const paired = await store.pairTerminal(client, { terminalId, publicKey, model, softwareVersion, at });
        if (!paired) return null;
        await deps.audit.record(client, {
          actor: terminalId,
          action: 'terminal.paired',
          subject: terminalId,
          details: { model, softwareVersion },
        });
        return paired;
      });
      if (!terminal) return fail('pairing_code_invalid', { param: 'pairingCode' });
      known.delete(terminal.id);
      await deps.attempts.forget(ATTEMPTS.pairing, given.address);
      return ok(toTerminal(terminal));
    },

    async profile(terminalId) {
      const terminal = await store.findTerminal(pool, terminalId);
      if (!terminal) throw new Error('a terminal that signed is not there');
      const { shop, menu } = await shopForOrders(pool, terminal.shopId);
      return { terminal: toTerminal(terminal), shop, menu };
    },

    shopForOrders,

    isOf: (db, shopId, merchantId) => store.isShopOf(db, shopId, merchantId),
    hasMerchant: (merchantId) => store.hasMerchant(pool, merchantId),
    putMerchant: (merchant) => store.putMerchant(pool, merchant),
    putShop: (shop) => store.putShop(pool, { ...shop, menu: MenuSchema.parse(shop.menu) }),
    putTerminal: (terminal) => store.putTerminal(pool, terminal),
    putPairingCode: (terminalId, code, lifeMs) =>
      store.putPairingCode(pool, {
        codeHash: hashCode(code),
        terminalId,
        expiresAt: new Date(now().getTime() + lifeMs),
      }),
  };
}

async function shopForOrders(db: Pool | Client | Queryable, shopId: string): Promise<ShopForOrders> {
  const row = await store.findShop(db, shopId);
  if (!row) throw new Error('a shop that others refer to is not there');
  const { menu, timeZone, ...shop } = row;
  return { shop, menu, timeZone };
}

function toTerminal({ id, shopId, name, state, testMode }: store.TerminalRow): Terminal {
  return { id, shopId, name, state, testMode };
}

function isEd25519Key(publicKey: string): boolean {
  if (!/^[A-Za-z0-9_-]+$/.test(publicKey)) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}
