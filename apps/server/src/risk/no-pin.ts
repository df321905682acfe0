import type { Payment } from '@smile/contract';

/** What a person has paid in a row by face alone, without a PIN. */
export type NoPinRow = { readonly payments: number; readonly sumMinor: bigint };

export type NoPinLimits = {
  readonly paymentMinor: bigint;
  readonly rowMinor: bigint;
  readonly rowPayments: number;
};

export type RiskDecision = {
  readonly pinRequired: boolean;
  readonly pinReason: Payment['pinReason'];
  /** Every rule that was asked, with what it saw: kept with the payment, so that a decision can be explained later. */
  readonly rules: readonly {
    readonly rule: 'camera_2d' | 'amount' | 'row_payments' | 'row_sum' | 'look_alike';
    readonly seen: string;
    readonly limit: string;
    readonly wantsPin: boolean;
  }[];
};

/**
 * Whether a payment by face needs the PIN. The limits are those of contactless cards in the EU (PSD2 RTS article 11):
 * 50 a payment, then 150 or five payments in a row. Colour alone is easier to deceive than depth, so a flat camera
 * always asks.
 */
export function decideNoPin(
  payment: { readonly amountMinor: bigint; readonly cameraKind: '3d' | '2d' },
  row: NoPinRow,
  limits: NoPinLimits,
): RiskDecision {
  const sumMinor = row.sumMinor + payment.amountMinor;
  const payments = row.payments + 1;
  const rules: RiskDecision['rules'] = [
    { rule: 'camera_2d', seen: payment.cameraKind, limit: '3d', wantsPin: payment.cameraKind === '2d' },
    {
      rule: 'amount',
      seen: String(payment.amountMinor),
      limit: String(limits.paymentMinor),
      wantsPin: payment.amountMinor > limits.paymentMinor,
    },
    {
      rule: 'row_payments',
      seen: String(payments),
      limit: String(limits.rowPayments),
      wantsPin: payments > limits.rowPayments,
    },
    { rule: 'row_sum', seen: String(sumMinor), limit: String(limits.rowMinor), wantsPin: sumMinor > limits.rowMinor },
  ];
  const decisive = rules.find((rule) => rule.wantsPin);
  return { pinRequired: decisive !== undefined, pinReason: decisive ? REASONS[decisive.rule] : null, rules };
}

/** The decision, with what the search for look-alikes says: two people who might be taken for each other both show the PIN. */
export function withLookAlike(decision: RiskDecision, hasLookAlike: boolean): RiskDecision {
  const rule = { rule: 'look_alike', seen: String(hasLookAlike), limit: 'false', wantsPin: hasLookAlike } as const;
  return {
    pinRequired: decision.pinRequired || hasLookAlike,
    pinReason: decision.pinReason ?? (hasLookAlike ? REASONS.look_alike : null),
    rules: [...decision.rules, rule],
  };
}

const REASONS: Readonly<Record<RiskDecision['rules'][number]['rule'], NonNullable<Payment['pinReason']>>> = {
  camera_2d: 'camera_2d',
  amount: 'amount',
  row_payments: 'too_many_without',
  row_sum: 'too_many_without',
  // Neutral words: nobody is told whom they resemble.
  look_alike: 'risk',
};
