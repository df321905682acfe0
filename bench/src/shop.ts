/**
 * A shop's side of the API over plain HTTP, for measuring and for storms: people who join, terminals that sign their
 * requests, payments by phone number and PIN (which need no camera). For a server in development mode with the demo.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { Agent, request } from 'node:http';
import { DEVICE_HEADER, type DeviceRequest, deviceSigningText, formatDeviceHeader } from '@smile/contract';
import { DEMO } from '@smile/server';

export const PIN = '271828';
/** Cheap and plain, so that a wallet lasts. */
const ITEM = 'itm_sunny0cola';
const TIMEOUT_MS = 10_000;
/** What one top-up may bring. */
const MOST_AT_ONCE = 50_000n;

export type Answer = { readonly status: number; readonly body: Record<string, unknown> & { error?: { code: string } } };
export type Terminal = { readonly id: string; readonly shopId: string; readonly key: KeyObject };
export type Person = { readonly id: string; readonly phone: string; readonly token: string };

export type ShopClient = {
  /** One attempt. Throws when there is no answer: the connection broke, or 10 s have passed. */
  send(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
  /** The same, signed by a terminal: anew for each attempt. */
  signed(terminal: Terminal, method: string, path: string, body?: object, key?: string): Promise<Answer>;
  close(): void;
};

export function createShopClient(baseUrl: string, connections = 64): ShopClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const { hostname, port } = new URL(baseUrl);

  const send = (method: string, path: string, text: string, headers: Record<string, string>) =>
    new Promise<Answer>((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          hostname,
          port,
          method,
          path,
          timeout: TIMEOUT_MS,
          headers: {
            ...headers,
            ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            if (!incoming.complete) return reject(new Error('the answer was cut off'));
            try {
              const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Answer['body'];
              resolve({ status: incoming.statusCode ?? 0, body });
            } catch (error) {
              reject(error);
            }
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', reject);
      outgoing.end(text);
    });

  return {
    send: (method, path, body, headers = {}) => send(method, path, body ? JSON.stringify(body) : '', headers),
    signed(terminal, method, path, body, key) {
      const text = body ? JSON.stringify(body) : '';
      return send(method, path, text, signedHeaders(terminal, method, path, text, key));
    },
    close: () => agent.destroy(),
  };
}

/** Good for 30 seconds from now, and once. */
export function signedHeaders(
  terminal: Terminal,
  method: string,
  path: string,
  text: string,
  key?: string,
): Record<string, string> {
  const device: DeviceRequest = {
    terminalId: terminal.id,
    timestampMs: Date.now(),
    requestNonce: newKey(),
    method,
    path,
    bodySha256: createHash('sha256').update(text).digest('hex'),
  };
  const signature = sign(null, Buffer.from(deviceSigningText(device)), terminal.key).toString('base64url');
  return {
    [DEVICE_HEADER]: formatDeviceHeader(device, signature),
    ...(key ? { 'idempotency-key': key } : {}),
  };
}

export const newKey = () => randomBytes(12).toString('base64url');

/** The answer's body where it is a success; throws otherwise. For steps that have to work. */
export async function must(answer: Promise<Answer>): Promise<Record<string, unknown>> {
  const { status, body } = await answer;
  if (status >= 400) throw new Error(`the server refused: ${status} ${body.error?.code}`);
  return body;
}

/** Pairs the terminals of the shops of the demo's first merchant (whose menu has the item), each with a key of its own. */
export async function pairDemoTerminals(client: ShopClient): Promise<Terminal[]> {
  const terminals: Terminal[] = [];
  for (const shop of DEMO.merchants[0].shops) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { id, shopId } = await must(
      client.send('POST', '/v1/terminals/pair', {
        pairingCode: shop.pairingCode,
        publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
        model: 'bench',
        softwareVersion: '0',
      }),
    );
    terminals.push({ id: String(id), shopId: String(shopId), key: privateKey });
  }
  return terminals;
}

/** Somebody with a PIN and money. */
export async function joinPerson(client: ShopClient, phone: string, balanceMinor: bigint): Promise<Person> {
  const { authCodeId } = await must(client.send('POST', '/v1/auth/codes', { phone }));
  const outbox = await must(client.send('GET', `/dev/outbox.json?phone=${encodeURIComponent(phone)}`));
  const [message] = outbox.data as { text: string }[];
  const code = /\d{6}/.exec(message.text)?.[0];
  const session = await must(client.send('POST', '/v1/auth/sessions', { authCodeId, code }));
  const token = String(session.token);
  const headers = { authorization: `Bearer ${token}` };
  const { data: texts } = await must(client.send('GET', '/v1/consents'));
  for (const { kind, version } of texts as { kind: string; version: string }[]) {
    await must(client.send('POST', '/v1/me/consents', { kind, version }, headers));
  }
  await must(client.send('PUT', '/v1/me/pin', { pin: PIN }, headers));
  for (let left = balanceMinor; left > 0n; left -= MOST_AT_ONCE) {
    const amountMinor = left < MOST_AT_ONCE ? left : MOST_AT_ONCE;
    const body = { amount: { amountMinor: amountMinor.toString(), currency: 'EUR' }, source: 'sandbox_bank' };
    await must(client.send('POST', '/v1/me/top-ups', body, { ...headers, 'idempotency-key': newKey() }));
  }
  return { id: String((session.person as { id: string }).id), phone, token };
}

export const orderBody = {
  lines: [{ itemId: ITEM, quantity: 1, changes: [] }],
  serving: 'here',
  language: 'en',
};
