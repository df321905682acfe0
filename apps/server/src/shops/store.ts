import type { Currency, Language, Menu, Shop, Terminal } from '@smile/contract';
import { prepared, type Queryable } from '@smile/postgres';

export type ShopRow = Shop & { readonly timeZone: string; readonly menu: Menu };
export type TerminalRow = Terminal & { readonly publicKey: string | null };

const SHOP = `s.id, s.merchant_id AS "merchantId", m.name AS "merchantName", s.name, s.currency, s.country,
  s.default_language AS "defaultLanguage", s.languages, s.time_zone AS "timeZone", s.menu`;
const TERMINAL = `id, shop_id AS "shopId", name, state, test_mode AS "testMode", public_key AS "publicKey"`;

export async function findShop(db: Queryable, shopId: string): Promise<ShopRow | null> {
  const found = await db.query<ShopRow>(
    `SELECT ${SHOP} FROM shops_shops s JOIN shops_merchants m ON m.id = s.merchant_id WHERE s.id = $1`,
    [shopId],
  );
  return found.rows[0] ?? null;
}

export async function findTerminal(db: Queryable, terminalId: string): Promise<TerminalRow | null> {
  const found = await db.query<TerminalRow>(`SELECT ${TERMINAL} FROM shops_terminals WHERE id = $1`, [terminalId]);
  return found.rows[0] ?? null;
}

export type SignatureRow = {
  readonly id: string;
  readonly shopId: string;
  readonly merchantId: string;
  readonly country: string;
  readonly testMode: boolean;
  readonly state: Terminal['state'];
  readonly publicKey: string | null;
};

export async function findTerminalForSignature(db: Queryable, terminalId: string): Promise<SignatureRow | null> {
  const found = await prepared<SignatureRow>(
    db,
    `SELECT t.id, t.shop_id AS "shopId", s.merchant_id AS "merchantId", s.country, t.test_mode AS "testMode",
            t.state, t.public_key AS "publicKey"
     FROM shops_terminals t JOIN shops_shops s ON s.id = t.shop_id WHERE t.id = $1`,
    [terminalId],
  );
  return found.rows[0] ?? null;
}

/** The terminal the code is for, if it is unused and still good; the code is used from then on. */
export async function usePairingCode(db: Queryable, codeHash: Buffer, at: Date): Promise<string | null> {
  const used = await db.query<{ terminalId: string }>(
    `UPDATE shops_pairing_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL AND expires_at > $2
     RETURNING terminal_id AS "terminalId"`,
    [codeHash, at],
  );
  return used.rows[0]?.terminalId ?? null;
}

/** A code that is there already can be used again from now on: only for the demo's fixed codes. */
export async function putPairingCode(
  db: Queryable,
  code: { codeHash: Buffer; terminalId: string; expiresAt: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO shops_pairing_codes (code_hash, terminal_id, expires_at) VALUES ($1, $2, $3)
     ON CONFLICT (code_hash) DO UPDATE SET expires_at = excluded.expires_at, used_at = NULL`,
    [code.codeHash, code.terminalId, code.expiresAt],
  );
}

export async function pairTerminal(
  db: Queryable,
  pairing: { terminalId: string; publicKey: string; model: string; softwareVersion: string; at: Date },
): Promise<TerminalRow | null> {
  const paired = await db.query<TerminalRow>(
    `UPDATE shops_terminals SET state = 'active', public_key = $2, model = $3, software_version = $4, paired_at = $5
     WHERE id = $1 AND state <> 'disabled' RETURNING ${TERMINAL}`,
    [pairing.terminalId, pairing.publicKey, pairing.model, pairing.softwareVersion, pairing.at],
  );
  return paired.rows[0] ?? null;
}

export async function hasMerchant(db: Queryable, merchantId: string): Promise<boolean> {
  const found = await db.query('SELECT FROM shops_merchants WHERE id = $1', [merchantId]);
  return found.rowCount === 1;
}

export async function putMerchant(db: Queryable, merchant: { id: string; name: string }): Promise<void> {
  await db.query(
    'INSERT INTO shops_merchants (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name',
    [merchant.id, merchant.name],
  );
}

export type NewShop = {
  readonly id: string;
  readonly merchantId: string;
  readonly name: string;
  readonly currency: Currency;
  readonly country: string;
  readonly timeZone: string;
  readonly defaultLanguage: Language;
  readonly languages: readonly Language[];
  readonly menu: Menu;
};

/** Makes the shop, or brings its menu up to date. */
export async function putShop(db: Queryable, shop: NewShop): Promise<void> {
  await db.query(
    `INSERT INTO shops_shops (id, merchant_id, name, currency, country, time_zone, default_language, languages, menu)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, menu = excluded.menu`,
    [
      shop.id,
      shop.merchantId,
      shop.name,
      shop.currency,
      shop.country,
      shop.timeZone,
      shop.defaultLanguage,
      shop.languages,
      JSON.stringify(shop.menu),
    ],
  );
}

export async function putTerminal(
  db: Queryable,
  terminal: { id: string; shopId: string; name: string; testMode: boolean },
): Promise<void> {
  await db.query(
    `INSERT INTO shops_terminals (id, shop_id, name, test_mode) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`,
    [terminal.id, terminal.shopId, terminal.name, terminal.testMode],
  );
}

export async function isShopOf(db: Queryable, shopId: string, merchantId: string): Promise<boolean> {
  const found = await db.query('SELECT 1 FROM shops_shops WHERE id = $1 AND merchant_id = $2', [shopId, merchantId]);
  return found.rows.length > 0;
}
