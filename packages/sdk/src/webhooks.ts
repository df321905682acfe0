import { EVENT_TYPES, type MerchantEvent, MerchantEventSchema } from '@smile/contract';
import { Webhook } from 'standardwebhooks';

/** An event of a type that this version of the SDK does not know: it is genuine, and newer than your software. */
export type UnknownEvent = {
  readonly type: 'unknown';
  readonly id: string;
  readonly originalType: string;
  readonly data: unknown;
};

/** The signature does not fit, is too old, or is missing: whoever sent this, answer 400 and do nothing. */
export class WebhookSignatureError extends Error {
  override readonly name = 'WebhookSignatureError';
}

type HeaderBag = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Checks a delivery and reads its event. Throws WebhookSignatureError.
 *
 * @param body the bytes as they came: parsed and printed again they no longer fit the signature
 * @param secret `whsec_...`; several while you change from one to the next
 */
export function constructEvent(
  body: string | Uint8Array,
  headers: HeaderBag,
  secret: string | readonly string[],
): MerchantEvent | UnknownEvent {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = {
    'webhook-id': headerOf(headers, 'webhook-id'),
    'webhook-timestamp': headerOf(headers, 'webhook-timestamp'),
    'webhook-signature': headerOf(headers, 'webhook-signature'),
  };
  const secrets = typeof secret === 'string' ? [secret] : secret;
  let cause: unknown;
  for (const one of secrets) {
    let document: unknown;
    try {
      document = new Webhook(one).verify(text, signed);
    } catch (error) {
      cause = error;
      continue;
    }
    return eventOf(document, signed['webhook-id']);
  }
  throw new WebhookSignatureError('the signature does not fit', { cause });
}

function eventOf(document: unknown, id: string): MerchantEvent | UnknownEvent {
  const { type, data } = (document ?? {}) as { type?: unknown; data?: unknown };
  const known: readonly string[] = EVENT_TYPES;
  if (typeof type !== 'string' || !known.includes(type)) {
    return { type: 'unknown', id, originalType: String(type), data };
  }
  return MerchantEventSchema.parse(document);
}

function headerOf(headers: HeaderBag, name: string): string {
  if (headers instanceof Headers) return headers.get(name) ?? '';
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
