import { createPool } from '@smile/postgres';
import pino from 'pino';
import { expect, it } from 'vitest';
import { buildApp } from './app.ts';
import { type ServerConfigInput, ServerConfigSchema } from './config.ts';

const build = (config: ServerConfigInput) =>
  buildApp({
    config: ServerConfigSchema.parse({ logLevel: 'silent', ...config }),
    // Never asked: what does not fit together is refused before.
    pool: createPool('postgres://nobody@127.0.0.1:9/nothing'),
    log: pino({ level: 'silent' }),
    deriveKey: () => Buffer.alloc(32),
    buildScanRooms: () => Promise.reject(new Error('nothing is to be built')),
  });
const stripeSecretKey = 'sk_test_12345678';
const stripeWebhookSecret = 'whsec_12345678';

it.each<[string, ServerConfigInput]>([
  ['DEMO', { mode: 'production', demo: true }],
  ['WEBHOOK_LOOPBACK', { mode: 'production', webhookLoopback: true }],
  ['STRIPE_WEBHOOK_SECRET', { stripeSecretKey }],
  ['STRIPE_SECRET_KEY', { stripeWebhookSecret }],
  ['STRIPE_API_URL', { mode: 'production', stripeSecretKey, stripeWebhookSecret, stripeApiUrl: 'http://127.0.0.1:9' }],
])('does not start with a setting that must not be: %s', async (variable, config) => {
  await expect(build(config)).rejects.toThrow(`configuration: ${variable}`);
});
