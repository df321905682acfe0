import { decimalOf } from './amounts.ts';
import type { PayoutRow } from './model.ts';

/** RFC 4180 for those who look with a spreadsheet. */
export function payoutsCsv(payouts: readonly PayoutRow[]): string {
  const rows = payouts.map((payout) => [
    payout.id,
    payout.merchantId,
    payout.holderName,
    payout.iban,
    decimalOf(payout.amountMinor, payout.currency),
    payout.currency,
    payout.state,
    payout.failureCode ?? '',
    payout.endToEndId,
    payout.createdAt.toISOString(),
    payout.settledAt?.toISOString() ?? '',
  ]);
  return [HEADER, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

const HEADER = [
  'payout_id',
  'merchant_id',
  'holder_name',
  'iban',
  'amount',
  'currency',
  'state',
  'failure_code',
  'end_to_end_id',
  'created_at',
  'settled_at',
];

/** A cell that begins like a formula would be run by a spreadsheet: a name may not. */
function cell(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
