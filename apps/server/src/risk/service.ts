import type { Queryable } from '@smile/postgres';
import { decideNoPin, type NoPinLimits, type NoPinRow, type RiskDecision } from './no-pin.ts';

export type Risk = {
  /** The decision on a payment by face, with the person's history as it is now. */
  decide(
    db: Queryable,
    payment: { personId: string; amountMinor: bigint; cameraKind: '3d' | '2d' },
  ): Promise<RiskDecision>;
  /** Keeps count when money moves; the caller holds the person's row, so that payments count one after the other. */
  countPayment(db: Queryable, payment: { personId: string; amountMinor: bigint; withPin: boolean }): Promise<void>;
};

export function createRisk(limits: NoPinLimits): Risk {
  return {
    async decide(db, payment) {
      const found = await db.query<NoPinRow>(
        'SELECT payments, sum_minor AS "sumMinor" FROM risk_no_pin_rows WHERE person_id = $1',
        [payment.personId],
      );
      return decideNoPin(payment, found.rows[0] ?? { payments: 0, sumMinor: 0n }, limits);
    },
    async countPayment(db, payment) {
      if (payment.withPin) {
        await db.query('DELETE FROM risk_no_pin_rows WHERE person_id = $1', [payment.personId]);
        return;
      }
      await db.query(
        `INSERT INTO risk_no_pin_rows AS r (person_id, payments, sum_minor) VALUES ($1, 1, $2)
         ON CONFLICT (person_id) DO UPDATE SET payments = r.payments + 1, sum_minor = r.sum_minor + excluded.sum_minor`,
        [payment.personId, payment.amountMinor],
      );
    },
  };
}
