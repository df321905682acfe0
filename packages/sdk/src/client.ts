import type { CallOptions, EndpointName, ResponseOf } from '@smile/contract';
import { type Call, createCall, type RequestOptions, type SmileOptions } from './calls.ts';
import { List, type Page } from './pages.ts';

type Query<N extends EndpointName> = NonNullable<CallOptions<N>['query']>;
type Body<N extends EndpointName> = CallOptions<N> extends { body: infer B } ? B : never;
type ItemOf<N extends EndpointName> =
  ResponseOf<N> extends { data: (infer T)[]; nextCursor: string | null } ? T : never;

/** Everything a merchant's own software can ask of the platform. Types and addresses come from the contract. */
export type SmileToPay = ReturnType<typeof createSmileToPay>;

export function createSmileToPay(options: SmileOptions) {
  const call = createCall(options);
  return {
    paymentIntents: {
      create: (body: Body<'createPaymentIntent'>, request?: RequestOptions) =>
        call('createPaymentIntent', { body }, request),
      get: (paymentIntentId: string, request?: RequestOptions) =>
        call('getPaymentIntent', { params: { paymentIntentId } }, request),
      list: (query?: Query<'listPaymentIntents'>, request?: RequestOptions) =>
        listOf(call, 'listPaymentIntents', { query }, request),
      attempts: (paymentIntentId: string, query?: Query<'listPaymentAttempts'>, request?: RequestOptions) =>
        listOf(call, 'listPaymentAttempts', { params: { paymentIntentId }, query }, request),
      setMetadata: (paymentIntentId: string, metadata: Record<string, string>, request?: RequestOptions) =>
        call('setPaymentMetadata', { params: { paymentIntentId }, body: { metadata } }, request),
      /** Without an amount, all that is on hold. */
      capture: (paymentIntentId: string, body: Body<'capturePaymentIntent'> = {}, request?: RequestOptions) =>
        call('capturePaymentIntent', { params: { paymentIntentId }, body }, request),
      cancel: (paymentIntentId: string, request?: RequestOptions) =>
        call('cancelPaymentIntent', { params: { paymentIntentId } }, request),
    },
    refunds: {
      create: (body: Body<'createRefund'>, request?: RequestOptions) => call('createRefund', { body }, request),
      get: (refundId: string, request?: RequestOptions) => call('getRefund', { params: { refundId } }, request),
      list: (query?: Query<'listRefunds'>, request?: RequestOptions) => listOf(call, 'listRefunds', { query }, request),
    },
    events: {
      get: (eventId: string, request?: RequestOptions) => call('getEvent', { params: { eventId } }, request),
      list: (query?: Query<'listEvents'>, request?: RequestOptions) => listOf(call, 'listEvents', { query }, request),
    },
    webhookEndpoints: {
      /** The answer has the signing secret, this once. */
      create: (body: Body<'createWebhookEndpoint'>, request?: RequestOptions) =>
        call('createWebhookEndpoint', { body }, request),
      get: (endpointId: string, request?: RequestOptions) =>
        call('getWebhookEndpoint', { params: { endpointId } }, request),
      list: (query?: Query<'listWebhookEndpoints'>, request?: RequestOptions) =>
        listOf(call, 'listWebhookEndpoints', { query }, request),
      change: (endpointId: string, body: Body<'changeWebhookEndpoint'>, request?: RequestOptions) =>
        call('changeWebhookEndpoint', { params: { endpointId }, body }, request),
      delete: (endpointId: string, request?: RequestOptions) =>
        call('deleteWebhookEndpoint', { params: { endpointId } }, request),
      rotateSecret: (endpointId: string, body: Body<'rotateWebhookSecret'> = {}, request?: RequestOptions) =>
        call('rotateWebhookSecret', { params: { endpointId }, body }, request),
      ping: (endpointId: string, request?: RequestOptions) =>
        call('pingWebhookEndpoint', { params: { endpointId } }, request),
      deliveries: (endpointId: string, query?: Query<'listWebhookDeliveries'>, request?: RequestOptions) =>
        listOf(call, 'listWebhookDeliveries', { params: { endpointId }, query }, request),
      replayEvent: (endpointId: string, eventId: string, request?: RequestOptions) =>
        call('replayEvent', { params: { endpointId }, body: { eventId } }, request),
      replay: (endpointId: string, body: Body<'replayEvents'>, request?: RequestOptions) =>
        call('replayEvents', { params: { endpointId }, body }, request),
    },
    apiKeys: {
      /** The answer has the secret, this once. */
      create: (body: Body<'createApiKey'>, request?: RequestOptions) => call('createApiKey', { body }, request),
      list: (query?: Query<'listApiKeys'>, request?: RequestOptions) => listOf(call, 'listApiKeys', { query }, request),
      roll: (apiKeyId: string, body: Body<'rollApiKey'> = {}, request?: RequestOptions) =>
        call('rollApiKey', { params: { apiKeyId }, body }, request),
      revoke: (apiKeyId: string, request?: RequestOptions) => call('revokeApiKey', { params: { apiKeyId } }, request),
    },
  };
}

function listOf<N extends EndpointName>(
  call: Call,
  name: N,
  options: { readonly params?: Record<string, string>; readonly query: Query<N> | undefined },
  request: RequestOptions | undefined,
): List<ItemOf<N>> {
  const query = options.query as (Record<string, unknown> & { cursor?: string }) | undefined;
  const fetchPage = async (cursor: string | undefined) =>
    // Which of the contract's lists it is, its name says; the compiler cannot follow that through the parameter.
    (await call(name, { ...options, query: { ...query, cursor } } as unknown as CallOptions<N>, request)) as Page<
      ItemOf<N>
    >;
  return new List(fetchPage, query?.cursor);
}
