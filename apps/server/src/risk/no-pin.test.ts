import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideNoPin, type NoPinLimits } from './no-pin.ts';

const LIMITS: NoPinLimits = { paymentMinor: 5_000n, rowMinor: 15_000n, rowPayments: 5 };
const decide = (amountMinor: bigint, payments = 0, sumMinor = 0n, cameraKind: '3d' | '2d' = '3d') =>
  decideNoPin({ amountMinor, cameraKind }, { payments, sumMinor }, LIMITS);

describe('a payment by face', () => {
  it('up to each limit goes without PIN, and above it does not', () => {
    expect(decide(5_000n)).toMatchObject({ pinRequired: false, pinReason: null });
    expect(decide(5_001n)).toMatchObject({ pinRequired: true, pinReason: 'amount' });
    expect(decide(100n, 4)).toMatchObject({ pinRequired: false });
    expect(decide(100n, 5)).toMatchObject({ pinRequired: true, pinReason: 'too_many_without' });
    expect(decide(5_000n, 2, 10_000n)).toMatchObject({ pinRequired: false });
    expect(decide(5_000n, 2, 10_001n)).toMatchObject({ pinRequired: true, pinReason: 'too_many_without' });
    expect(decide(1n, 0, 0n, '2d')).toMatchObject({ pinRequired: true, pinReason: 'camera_2d' });
  });

  it('never lets more be paid in a row than the limits, whatever is bought', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 20_000n }), { maxLength: 60 }), (amounts) => {
        let row = { payments: 0, sumMinor: 0n };
        for (const amountMinor of amounts) {
          const { pinRequired } = decideNoPin({ amountMinor, cameraKind: '3d' }, row, LIMITS);
          row = pinRequired
            ? { payments: 0, sumMinor: 0n }
            : { payments: row.payments + 1, sumMinor: row.sumMinor + amountMinor };
          expect(row.payments).toBeLessThanOrEqual(LIMITS.rowPayments);
          expect(row.sumMinor <= LIMITS.rowMinor).toBe(true);
        }
      }),
    );
  });
});
