import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { openWith, sealWith } from '../sealing.ts';

/** Standard Webhooks wants 24 to 64 random bytes. */
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';

export function newWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

export type SecretSeal = {
  seal(secret: string, endpointId: string): Buffer;
  /** Null when the server's secret is not the one it was sealed under. */
  open(sealed: Uint8Array, endpointId: string): string | null;
};

/** Secrets at rest: sealed for one endpoint, under a key of the server that is not in the database. */
export function createSecretSeal(key: Uint8Array): SecretSeal {
  return {
    seal: (secret, endpointId) => sealWith(key, Buffer.from(secret, 'utf8'), contextOf(endpointId)),
    open: (sealed, endpointId) => openWith(key, sealed, contextOf(endpointId))?.toString('utf8') ?? null,
  };
}

const contextOf = (endpointId: string) => `webhook-secret:${endpointId}`;

/**
 * The headers of Standard Webhooks 1.0.0. While two secrets are good there are two signatures with a blank between them,
 * so that a receiver may know either.
 */
export function signedHeaders(
  secrets: readonly string[],
  message: { readonly id: string; readonly at: Date; readonly body: string },
): Record<string, string> {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': Math.floor(message.at.getTime() / 1_000).toString(),
    'webhook-signature': secrets
      .map((secret) => new Webhook(secret).sign(message.id, message.at, message.body))
      .join(' '),
  };
}
