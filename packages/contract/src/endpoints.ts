import { z } from 'zod';
import { LanguageSchema } from './common.ts';
import { idSchema } from './ids.ts';
import {
  ApiKeySchema,
  type ApiScope,
  CaptureIntentSchema,
  EVENT_TYPES,
  MerchantEventSchema,
  MetadataSchema,
  NewApiKeySchema,
  NewPaymentIntentSchema,
  NewRefundSchema,
  PaymentAttemptSchema,
  PaymentIntentSchema,
  RefundSchema,
  SetTipSchema,
  ShownApiKeySchema,
} from './merchant.ts';
import { CurrencySchema } from './money.ts';
import { NewOrderSchema, ORDER_STATES, OrderSchema } from './orders.ts';
import {
  AskPhoneStepSchema,
  ClaimSchema,
  ConfirmPaymentSchema,
  DecideClaimSchema,
  IdentifySchema,
  NewPaymentSchema,
  PAYMENT_STATES,
  PaymentSchema,
  PhoneStepSchema,
  ReceiptSchema,
} from './payments.ts';
import {
  BankLineSchema,
  NewPayoutBatchSchema,
  PayoutAccountSchema,
  PayoutBatchSchema,
  PayoutSchema,
  ReconciliationSchema,
  SetPayoutAccountSchema,
} from './payouts.ts';
import {
  CodeRequestedSchema,
  ConsentTextSchema,
  GiveConsentSchema,
  OpenSessionSchema,
  PersonSchema,
  RequestCodeSchema,
  SessionSchema,
  SetFacePaySchema,
  SetPhoneStepSchema,
  SetPinSchema,
  TopUpResultSchema,
  TopUpSchema,
} from './people.ts';
import { PlaceSchema, RiskRuleSetSchema, RiskRulesSchema } from './risk.ts';
import { LabSetupSchema, NewScanSchema, ScanGrantSchema } from './scans.ts';
import { PairTerminalSchema, TerminalProfileSchema, TerminalSchema } from './shops.ts';

/**
 * Who may call: `terminal` requests carry a device signature, `person` a session token, `staff` a merchant's and
 * `operator` an operator's token, `merchant` an API key with the endpoint's scope. `terminal_person` needs both a device signature and the person's session,
 * `terminal_operator` a device signature and an operator's token.
 */
export type EndpointAuth =
  | 'none'
  | 'person'
  | 'terminal'
  | 'terminal_person'
  | 'terminal_operator'
  | 'staff'
  | 'operator'
  | 'merchant';

export type Endpoint = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Fastify style: `/v1/orders/:orderId`. */
  readonly path: `/v1/${string}`;
  readonly auth: EndpointAuth;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
  /** What an API key must be allowed to, where `auth` is `merchant`. */
  readonly scope?: ApiScope;
  /** Callers send an `Idempotency-Key`; a retry with the same key and body returns the first answer. */
  readonly idempotent?: true;
};

const intentParams = z.object({ paymentIntentId: idSchema('payment') });
const orderParams = z.object({ orderId: idSchema('order') });
const paymentParams = z.object({ paymentId: idSchema('payment') });
const tokenParams = z.object({ token: z.string().min(16).max(80) });
const page = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), nextCursor: z.string().nullable() });
const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
});

/** Every endpoint of the platform. The server's routes, the OpenAPI document and the typed client come from here. */
export const endpoints = {
  // people
  requestCode: {
    method: 'POST',
    path: '/v1/auth/codes',
    auth: 'none',
    summary: 'Send a one-time code to a phone',
    body: RequestCodeSchema,
    response: CodeRequestedSchema,
  },
  openSession: {
    method: 'POST',
    path: '/v1/auth/sessions',
    auth: 'none',
    summary: 'Exchange a one-time code for a session',
    body: OpenSessionSchema,
    response: SessionSchema,
  },
  closeSession: {
    method: 'DELETE',
    path: '/v1/auth/sessions/current',
    auth: 'person',
    summary: 'Sign out',
    response: z.object({ closed: z.literal(true) }),
  },
  getMe: { method: 'GET', path: '/v1/me', auth: 'person', summary: 'The signed-in person', response: PersonSchema },
  getConsentTexts: {
    method: 'GET',
    path: '/v1/consents',
    auth: 'none',
    summary: 'Current consent texts',
    query: z.object({ language: LanguageSchema.default('en') }),
    response: z.object({ data: z.array(ConsentTextSchema) }),
  },
  giveConsent: {
    method: 'POST',
    path: '/v1/me/consents',
    auth: 'person',
    summary: 'Give a versioned consent',
    body: GiveConsentSchema,
    response: PersonSchema,
  },
  setPin: {
    method: 'PUT',
    path: '/v1/me/pin',
    auth: 'person',
    summary: 'Set or change the PIN',
    body: SetPinSchema,
    response: PersonSchema,
  },
  setFacePay: {
    method: 'PUT',
    path: '/v1/me/face-pay',
    auth: 'person',
    summary: 'Switch face pay on or off',
    body: SetFacePaySchema,
    response: PersonSchema,
  },
  setPhoneStep: {
    method: 'PUT',
    path: '/v1/me/phone-step',
    auth: 'person',
    summary: 'Choose how much of the number is asked for',
    body: SetPhoneStepSchema,
    response: PersonSchema,
  },
  deleteFace: {
    method: 'DELETE',
    path: '/v1/me/face',
    auth: 'person',
    summary: 'Delete the face template now',
    response: PersonSchema,
  },
  topUp: {
    method: 'POST',
    path: '/v1/me/top-ups',
    auth: 'person',
    summary: 'Top up from the sandbox bank',
    body: TopUpSchema,
    response: TopUpResultSchema,
    idempotent: true,
  },
  listMyPayments: {
    method: 'GET',
    path: '/v1/me/payments',
    auth: 'person',
    summary: 'My payments, newest first',
    query: pageQuery,
    response: page(PaymentSchema),
  },
  // terminals
  pairTerminal: {
    method: 'POST',
    path: '/v1/terminals/pair',
    auth: 'none',
    summary: 'Pair a terminal by its code',
    body: PairTerminalSchema,
    response: TerminalSchema,
  },
  getTerminalProfile: {
    method: 'GET',
    path: '/v1/terminal',
    auth: 'terminal',
    summary: 'This terminal, its shop and menu',
    response: TerminalProfileSchema,
  },
  // orders
  createOrder: {
    method: 'POST',
    path: '/v1/terminal/orders',
    auth: 'terminal',
    summary: 'Place an order',
    body: NewOrderSchema,
    response: OrderSchema,
    idempotent: true,
  },
  getOrder: {
    method: 'GET',
    path: '/v1/terminal/orders/:orderId',
    auth: 'terminal',
    summary: 'An order of this shop',
    params: orderParams,
    response: OrderSchema,
  },
  cancelOrder: {
    method: 'POST',
    path: '/v1/terminal/orders/:orderId/cancel',
    auth: 'terminal',
    summary: 'Give up an unpaid order',
    params: orderParams,
    response: OrderSchema,
  },
  // payments
  createPayment: {
    method: 'POST',
    path: '/v1/terminal/payments',
    auth: 'terminal',
    summary: 'Start paying an order',
    body: NewPaymentSchema,
    response: PaymentSchema,
    idempotent: true,
  },
  getPayment: {
    method: 'GET',
    path: '/v1/terminal/payments/:paymentId',
    auth: 'terminal',
    summary: 'A payment of this shop',
    params: paymentParams,
    response: PaymentSchema,
  },
  askPhoneStep: {
    method: 'POST',
    path: '/v1/terminal/payments/:paymentId/phone-step',
    auth: 'terminal',
    summary: 'How much of the phone number to ask this guest for',
    params: paymentParams,
    body: AskPhoneStepSchema,
    response: PhoneStepSchema,
  },
  identifyPayer: {
    method: 'POST',
    path: '/v1/terminal/payments/:paymentId/identify',
    auth: 'terminal',
    summary: 'Say who pays: by face and phone (or part of it), or phone and PIN',
    params: paymentParams,
    body: IdentifySchema,
    response: PaymentSchema,
  },
  confirmPayment: {
    method: 'POST',
    path: '/v1/terminal/payments/:paymentId/confirm',
    auth: 'terminal',
    summary: 'The guest’s tap on Pay: hold and capture',
    params: paymentParams,
    body: ConfirmPaymentSchema,
    response: PaymentSchema,
    idempotent: true,
  },
  capturePayment: {
    method: 'POST',
    path: '/v1/terminal/payments/:paymentId/capture',
    auth: 'terminal',
    summary: 'Capture a held payment',
    params: paymentParams,
    response: PaymentSchema,
    idempotent: true,
  },
  cancelPayment: {
    method: 'POST',
    path: '/v1/terminal/payments/:paymentId/cancel',
    auth: 'terminal',
    summary: 'Cancel; a hold is released',
    params: paymentParams,
    response: PaymentSchema,
  },
  setTip: {
    method: 'PUT',
    path: '/v1/terminal/payments/:paymentId/tip',
    auth: 'terminal',
    summary: 'Add a tip, or change it, before the guest taps Pay',
    params: paymentParams,
    body: SetTipSchema,
    response: PaymentSchema,
  },
  // a merchant's own software
  createPaymentIntent: {
    method: 'POST',
    path: '/v1/payment_intents',
    auth: 'merchant',
    scope: 'payment_intents:write',
    summary: 'Start a payment at one of your terminals',
    body: NewPaymentIntentSchema,
    response: PaymentIntentSchema,
    idempotent: true,
  },
  listPaymentIntents: {
    method: 'GET',
    path: '/v1/payment_intents',
    auth: 'merchant',
    scope: 'payment_intents:read',
    summary: 'Your payments, newest first',
    query: pageQuery.extend({
      state: z.enum(PAYMENT_STATES).optional(),
      shopId: idSchema('shop').optional(),
      orderId: idSchema('order').optional(),
    }),
    response: page(PaymentIntentSchema),
  },
  getPaymentIntent: {
    method: 'GET',
    path: '/v1/payment_intents/:paymentIntentId',
    auth: 'merchant',
    scope: 'payment_intents:read',
    summary: 'One of your payments',
    params: intentParams,
    response: PaymentIntentSchema,
  },
  listPaymentAttempts: {
    method: 'GET',
    path: '/v1/payment_intents/:paymentIntentId/attempts',
    auth: 'merchant',
    scope: 'payment_intents:read',
    summary: 'Each try to name the payer or to pay, newest first',
    params: intentParams,
    query: pageQuery,
    response: page(PaymentAttemptSchema),
  },
  setPaymentMetadata: {
    method: 'PUT',
    path: '/v1/payment_intents/:paymentIntentId/metadata',
    auth: 'merchant',
    scope: 'payment_intents:write',
    summary: 'Replace the metadata of a payment',
    params: intentParams,
    body: z.object({ metadata: MetadataSchema }),
    response: PaymentIntentSchema,
  },
  capturePaymentIntent: {
    method: 'POST',
    path: '/v1/payment_intents/:paymentIntentId/capture',
    auth: 'merchant',
    scope: 'payment_intents:write',
    summary: 'Capture what is on hold, or a part of it; the rest is given back',
    params: intentParams,
    body: CaptureIntentSchema,
    response: PaymentIntentSchema,
    idempotent: true,
  },
  cancelPaymentIntent: {
    method: 'POST',
    path: '/v1/payment_intents/:paymentIntentId/cancel',
    auth: 'merchant',
    scope: 'payment_intents:write',
    summary: 'Cancel; a hold is released',
    params: intentParams,
    response: PaymentIntentSchema,
    idempotent: true,
  },
  createRefund: {
    method: 'POST',
    path: '/v1/refunds',
    auth: 'merchant',
    scope: 'refunds:write',
    summary: 'Refund a payment, in full or in part',
    body: NewRefundSchema,
    response: RefundSchema,
    idempotent: true,
  },
  listRefunds: {
    method: 'GET',
    path: '/v1/refunds',
    auth: 'merchant',
    scope: 'refunds:read',
    summary: 'Your refunds, newest first',
    query: pageQuery.extend({ paymentId: idSchema('payment').optional() }),
    response: page(RefundSchema),
  },
  getRefund: {
    method: 'GET',
    path: '/v1/refunds/:refundId',
    auth: 'merchant',
    scope: 'refunds:read',
    summary: 'One of your refunds',
    params: z.object({ refundId: idSchema('refund') }),
    response: RefundSchema,
  },
  listEvents: {
    method: 'GET',
    path: '/v1/events',
    auth: 'merchant',
    scope: 'events:read',
    summary: 'What has happened, newest first',
    query: pageQuery.extend({ type: z.enum(EVENT_TYPES).optional() }),
    response: page(MerchantEventSchema),
  },
  getEvent: {
    method: 'GET',
    path: '/v1/events/:eventId',
    auth: 'merchant',
    scope: 'events:read',
    summary: 'One event',
    params: z.object({ eventId: idSchema('event') }),
    response: MerchantEventSchema,
  },
  createApiKey: {
    method: 'POST',
    path: '/v1/api_keys',
    auth: 'merchant',
    scope: 'api_keys:write',
    summary: 'Make a key of the same mode, with no more scopes than your own',
    body: NewApiKeySchema,
    response: ShownApiKeySchema,
  },
  listApiKeys: {
    method: 'GET',
    path: '/v1/api_keys',
    auth: 'merchant',
    scope: 'api_keys:write',
    summary: 'Your keys of this mode, newest first',
    query: pageQuery,
    response: page(ApiKeySchema),
  },
  rollApiKey: {
    method: 'POST',
    path: '/v1/api_keys/:apiKeyId/roll',
    auth: 'merchant',
    scope: 'api_keys:write',
    summary: 'A new key in its place; the old one works on for the overlap',
    params: z.object({ apiKeyId: idSchema('apiKey') }),
    body: z.object({ overlapSeconds: z.number().int().min(0).max(604_800).default(86_400) }),
    response: ShownApiKeySchema,
  },
  revokeApiKey: {
    method: 'DELETE',
    path: '/v1/api_keys/:apiKeyId',
    auth: 'merchant',
    scope: 'api_keys:write',
    summary: 'End a key at once',
    params: z.object({ apiKeyId: idSchema('apiKey') }),
    response: ApiKeySchema,
  },
  createMerchantApiKey: {
    method: 'POST',
    path: '/v1/operator/merchants/:merchantId/api_keys',
    auth: 'operator',
    summary: 'A merchant’s first key',
    params: z.object({ merchantId: idSchema('merchant') }),
    body: NewApiKeySchema.extend({ livemode: z.boolean() }),
    response: ShownApiKeySchema,
  },
  getRiskRules: {
    method: 'GET',
    path: '/v1/operator/risk-rules',
    auth: 'operator',
    summary: 'The rules that decide when a face payment needs the PIN or is refused',
    response: RiskRuleSetSchema,
  },
  setRiskRules: {
    method: 'PUT',
    path: '/v1/operator/risk-rules',
    auth: 'operator',
    summary: 'Replace the rules: a new version, from the next decision on',
    body: z.object({ rules: RiskRulesSchema }),
    response: RiskRuleSetSchema,
  },
  setShopPlace: {
    method: 'PUT',
    path: '/v1/operator/shops/:shopId/place',
    auth: 'operator',
    summary: 'Say where a shop is, for the rule about far-apart shops',
    params: z.object({ shopId: idSchema('shop') }),
    body: PlaceSchema,
    response: PlaceSchema,
  },
  // the counter
  refundAtCounter: {
    method: 'POST',
    path: '/v1/shops/:shopId/refunds',
    auth: 'staff',
    summary: 'Refund at the counter; above the cashier’s limit a second person approves',
    params: z.object({ shopId: idSchema('shop') }),
    body: NewRefundSchema,
    response: RefundSchema,
    idempotent: true,
  },
  decideRefund: {
    method: 'POST',
    path: '/v1/shops/:shopId/refunds/:refundId/decision',
    auth: 'staff',
    summary: 'Approve or decline a refund that somebody else asked for',
    params: z.object({ shopId: idSchema('shop'), refundId: idSchema('refund') }),
    body: z.object({ decision: z.enum(['approve', 'decline']) }),
    response: RefundSchema,
    idempotent: true,
  },
  // scans
  createScan: {
    method: 'POST',
    path: '/v1/terminal/scans',
    auth: 'terminal',
    summary: 'Ask for a scan: nonce and limits',
    body: NewScanSchema,
    response: ScanGrantSchema,
  },
  getLabSetup: {
    method: 'GET',
    path: '/v1/terminal/lab',
    auth: 'terminal_operator',
    summary: 'What the attack lab measures: the judge as it is set up now',
    response: LabSetupSchema,
  },
  createLabScan: {
    method: 'POST',
    path: '/v1/terminal/lab/scans',
    auth: 'terminal_operator',
    summary: 'Ask for a scan of the attack lab: judged like a payment’s, and good for nothing else',
    body: z.object({}),
    response: ScanGrantSchema,
  },
  // receipts and claims
  getReceipt: {
    method: 'GET',
    path: '/v1/receipts/:token',
    auth: 'none',
    summary: 'A receipt, by its secret link',
    params: tokenParams,
    response: ReceiptSchema,
  },
  openClaim: {
    method: 'POST',
    path: '/v1/receipts/:token/claims',
    auth: 'none',
    summary: '“This wasn’t me”: freeze face pay, open a claim',
    params: tokenParams,
    response: ClaimSchema,
  },
  listClaims: {
    method: 'GET',
    path: '/v1/operator/claims',
    auth: 'operator',
    summary: 'Claims, newest first',
    query: pageQuery,
    response: page(ClaimSchema),
  },
  decideClaim: {
    method: 'POST',
    path: '/v1/operator/claims/:claimId/decision',
    auth: 'operator',
    summary: 'Accept or reject a claim',
    params: z.object({ claimId: idSchema('claim') }),
    body: DecideClaimSchema,
    response: ClaimSchema,
  },
  // payouts
  setPayoutAccount: {
    method: 'PUT',
    path: '/v1/operator/merchants/:merchantId/payout_account',
    auth: 'operator',
    summary: 'Where a merchant is paid, and when',
    params: z.object({ merchantId: idSchema('merchant') }),
    body: SetPayoutAccountSchema,
    response: PayoutAccountSchema,
  },
  getPayoutAccount: {
    method: 'GET',
    path: '/v1/payout_account',
    auth: 'staff',
    summary: 'Where one’s own merchant is paid, and when',
    response: PayoutAccountSchema,
  },
  listPayouts: {
    method: 'GET',
    path: '/v1/payouts',
    auth: 'staff',
    summary: 'Payouts to one’s own merchant, newest first',
    query: pageQuery,
    response: page(PayoutSchema),
  },
  createPayoutBatch: {
    method: 'POST',
    path: '/v1/operator/payout_batches',
    auth: 'operator',
    summary: 'Settle every merchant’s balance into one batch for the bank',
    body: NewPayoutBatchSchema,
    response: PayoutBatchSchema,
    idempotent: true,
  },
  listPayoutBatches: {
    method: 'GET',
    path: '/v1/operator/payout_batches',
    auth: 'operator',
    summary: 'Batches, newest first',
    query: pageQuery,
    response: page(PayoutBatchSchema),
  },
  getPayoutBatch: {
    method: 'GET',
    path: '/v1/operator/payout_batches/:batchId',
    auth: 'operator',
    summary: 'One batch; its files are at `…/pain.001` and `…/csv`',
    params: z.object({ batchId: idSchema('payoutBatch') }),
    response: PayoutBatchSchema,
  },
  getReconciliation: {
    method: 'GET',
    path: '/v1/operator/reconciliation',
    auth: 'operator',
    summary: 'Whether books and bank agree, and what is left over',
    query: z.object({ currency: CurrencySchema.default('EUR') }),
    response: ReconciliationSchema,
  },
  explainBankLine: {
    method: 'PUT',
    path: '/v1/operator/bank_lines/:lineId/explanation',
    auth: 'operator',
    summary: 'Say what a bank line is that matches nothing',
    params: z.object({ lineId: idSchema('bankLine') }),
    body: z.object({ note: z.string().trim().min(3).max(500) }),
    response: BankLineSchema,
  },
  // kitchen
  listShopOrders: {
    method: 'GET',
    path: '/v1/shops/:shopId/orders',
    auth: 'staff',
    summary: 'Orders for the kitchen, oldest first',
    params: z.object({ shopId: idSchema('shop') }),
    query: z.object({ states: z.string().max(100).default('paid,preparing,ready') }),
    response: z.object({ data: z.array(OrderSchema) }),
  },
  moveOrder: {
    method: 'PUT',
    path: '/v1/shops/:shopId/orders/:orderId/state',
    auth: 'staff',
    summary: 'Move an order through the kitchen',
    params: z.object({ shopId: idSchema('shop'), orderId: idSchema('order') }),
    body: z.object({ state: z.enum(ORDER_STATES) }),
    response: OrderSchema,
  },
} as const satisfies Record<string, Endpoint>;

export type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;
