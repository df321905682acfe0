import { z } from 'zod';
import { LanguageSchema } from './common.ts';
import { idSchema } from './ids.ts';
import { CurrencySchema } from './money.ts';
import { NewOrderSchema, ORDER_STATES, OrderSchema } from './orders.ts';
import {
  AskPhoneStepSchema,
  ClaimSchema,
  ConfirmPaymentSchema,
  DecideClaimSchema,
  IdentifySchema,
  NewPaymentSchema,
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
import { NewScanSchema, ScanGrantSchema } from './scans.ts';
import { PairTerminalSchema, TerminalProfileSchema, TerminalSchema } from './shops.ts';

/**
 * Who may call: `terminal` requests carry a device signature, `person` a session token, `staff` a merchant's and
 * `operator` an operator's token. `terminal_person` needs both a device signature and the person's session.
 */
export type EndpointAuth = 'none' | 'person' | 'terminal' | 'terminal_person' | 'staff' | 'operator';

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
  /** Callers send an `Idempotency-Key`; a retry with the same key and body returns the first answer. */
  readonly idempotent?: true;
};

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
  // scans
  createScan: {
    method: 'POST',
    path: '/v1/terminal/scans',
    auth: 'terminal',
    summary: 'Ask for a scan: nonce and limits',
    body: NewScanSchema,
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
