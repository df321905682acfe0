export {
  amountOf,
  type Currency,
  type EventType,
  type MerchantEvent,
  type Money,
  money,
  type PaymentAttempt,
  type PaymentIntent,
  type Refund,
  type WebhookDelivery,
  type WebhookEndpoint,
} from '@smile/contract';
export type { RequestOptions, SmileOptions } from './calls.ts';
export { createSmileToPay, type SmileToPay } from './client.ts';
export {
  AuthenticationError,
  ConflictError,
  ConnectionError,
  IdentificationError,
  InvalidRequestError,
  NotFoundError,
  PaymentError,
  PermissionError,
  RateLimitError,
  ServerError,
  SmileError,
} from './errors.ts';
export { List, type Page } from './pages.ts';
export { constructEvent, type UnknownEvent, WebhookSignatureError } from './webhooks.ts';
