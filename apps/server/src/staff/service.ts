import type { Pool } from '@smile/postgres';
import { newRowId } from '../ids.ts';
import { hashToken } from './tokens.ts';

export type StaffRef = { readonly staffId: string; readonly merchantId: string; readonly shopId: string };
export type OperatorRef = { readonly operatorId: string };

export type Staff = {
  byStaffToken(token: string): Promise<StaffRef | null>;
  byOperatorToken(token: string): Promise<OperatorRef | null>;
  /** Makes the token known if it is not; a revoked one stays revoked. */
  ensureStaffToken(token: string, owner: { merchantId: string; shopId: string; label: string }): Promise<void>;
  ensureOperatorToken(token: string, label: string): Promise<void>;
};

export function createStaff(pool: Pool): Staff {
  return {
    async byStaffToken(token) {
      const found = await pool.query<StaffRef>(
        `SELECT id AS "staffId", merchant_id AS "merchantId", shop_id AS "shopId" FROM staff_tokens
         WHERE token_hash = $1 AND role = 'staff' AND revoked_at IS NULL`,
        [hashToken(token)],
      );
      return found.rows[0] ?? null;
    },
    async byOperatorToken(token) {
      const found = await pool.query<OperatorRef>(
        `SELECT id AS "operatorId" FROM staff_tokens WHERE token_hash = $1 AND role = 'operator' AND revoked_at IS NULL`,
        [hashToken(token)],
      );
      return found.rows[0] ?? null;
    },
    async ensureStaffToken(token, owner) {
      await pool.query(
        `INSERT INTO staff_tokens (id, token_hash, role, merchant_id, shop_id, label)
         VALUES ($1, $2, 'staff', $3, $4, $5) ON CONFLICT (token_hash) DO NOTHING`,
        [`stf_${newRowId()}`, hashToken(token), owner.merchantId, owner.shopId, owner.label],
      );
    },
    async ensureOperatorToken(token, label) {
      await pool.query(
        `INSERT INTO staff_tokens (id, token_hash, role, label) VALUES ($1, $2, 'operator', $3)
         ON CONFLICT (token_hash) DO NOTHING`,
        [`opr_${newRowId()}`, hashToken(token), label],
      );
    },
  };
}
