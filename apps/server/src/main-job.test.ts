import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrame, type Frame } from '@smile/camera';
import { type Client as ApiClient, createClient, money, type Payment } from '@smile/contract';
import { createLedger, type Ledger } from '@smile/ledger';
import { createTestDatabase, type TestDatabase } from '@smile/postgres/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACCOUNTS } from './books/service.ts';
import { DEMO, type RunningServer, startServer } from './index.ts';
import { guestWithPrint, madeUpGuest } from './scans/testing/made-up-guests.ts';
import { askForScan, deviceHeaders, ScanClient } from './scans/testing/scan-client.ts';
import type { TestTerminal } from './scans/testing/scan-host.ts';
import { failureOf, GOOD_PIN, newKey } from './testing/world.ts';

/**
 * The main job through all of the server: real sockets, real scans of made-up people by real models, real database.
 * What is missing to the shop is the kiosk's page; the browser tests have it.
 */
// Most made-up people resemble each other too much for the threshold of real faces; these two are far enough apart.
const ANN = 5;
const BOB = 40;
const PHONE = '+491701234567';
const FRAMES_PER_SECOND = 15;

let database: TestDatabase;
let dataDir: string;
let server: RunningServer;
let ledger: Ledger;
let terminal: TestTerminal;
let api: ApiClient;
let ann: ApiClient;
let annId: string;

beforeAll(async () => {
  database = await createTestDatabase([]);
  ledger = createLedger(database.pool);
  dataDir = await mkdtemp(join(tmpdir(), 'smile-main-job-'));
  // These frames were taken before the challenge was known, so no colour is in them: without one it would be the PIN that is asked for.
  const lightChallenge = false;
  server = await startServer({ port: 0, dataDir, databaseUrl: database.url, logLevel: 'silent', lightChallenge });
  await untilReady(server.url);
  terminal = await pair(server.url);
  api = createClient({ baseUrl: server.url, fetch: signedBy(terminal) });
});
afterAll(async () => {
  await server?.close();
  expect(await ledger.verify()).toMatchObject({ problems: [] });
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const walletMinor = async () => (await ledger.balance(ACCOUNTS.wallet(annId)))?.postedMinor;
const merchantMinor = async () => (await ledger.balance(ACCOUNTS.merchant(DEMO.merchants[0].id, 'EUR')))?.postedMinor;

it('a newcomer joins at the counter: code, consent, face, PIN, first money', async () => {
  const anyone = createClient({ baseUrl: server.url });
  const { authCodeId } = await anyone.call('requestCode', { body: { phone: '0170 1234567', country: 'DE' } });
  const outbox = await (await fetch(`${server.url}/dev/outbox.json?phone=${encodeURIComponent(PHONE)}`)).json();
  const code = /\d{6}/.exec(outbox.data[0].text)?.[0] ?? '';
  const { token, person } = await anyone.call('openSession', { body: { authCodeId, code } });
  annId = person.id;
  ann = createClient({ baseUrl: server.url, headers: () => ({ authorization: `Bearer ${token}` }) });

  // Without consent no camera looks at anybody.
  expect(await askForScan(server.url, terminal, { purpose: 'enrolment' }, token)).toMatchObject({
    code: 'consent_required',
  });
  for (const { kind, version } of (await anyone.call('getConsentTexts', { query: {} })).data) {
    await ann.call('giveConsent', { body: { kind, version } });
  }
  await enrol(ANN, token);
  await ann.call('setPin', { body: { pin: GOOD_PIN } });
  expect(await ann.call('setFacePay', { body: { enabled: true } })).toMatchObject({
    facePay: 'on',
    faceEnrolled: true,
  });
  await ann.call('topUp', {
    body: { amount: money(5_000n, 'EUR'), source: 'sandbox_bank' },
    idempotencyKey: newKey(),
  });
  expect(await walletMinor()).toBe(5_000n);
});

it('pays with a smile and a phone number, without the bun', async () => {
  const payment = await startPayment();
  const scanId = await scan(payment.id, capture(ANN, 40));
  const identified = await identify(payment.id, scanId);
  expect(identified).toMatchObject({ state: 'requires_confirmation', pinRequired: false });
  expect(await walletMinor()).toBe(5_000n);
  const paid = await confirm(payment.id);
  expect(paid.state).toBe('succeeded');
  expect(await walletMinor()).toBe(5_000n - 890n);
  expect(await merchantMinor()).toBe(890n - 8n);
  const kitchen = createClient({
    baseUrl: server.url,
    headers: () => ({ authorization: `Bearer ${DEMO.merchants[0].shops[0].staffToken}` }),
  });
  const { data } = await kitchen.call('listShopOrders', { params: { shopId: payment.shopId }, query: {} });
  expect(data).toMatchObject([{ state: 'paid', lines: [{ changes: [{ text: { en: 'no sesame bun' } }] }] }]);
});

it('refuses somebody else with that number, and that face with another number', async () => {
  const payment = await startPayment();
  const bobScan = await scan(payment.id, capture(BOB));
  expect(await failureOf(identify(payment.id, bobScan))).toMatchObject({ code: 'identification_failed' });
  const annScan = await scan(payment.id, capture(ANN, 1));
  const foreign = identify(payment.id, annScan, '+49 170 7654321');
  expect(await failureOf(foreign)).toMatchObject({ code: 'identification_failed' });
  expect(await walletMinor()).toBe(4_110n);
});

it('refuses a print of the enrolled face as not live', async () => {
  const payment = await startPayment();
  const scanId = await scan(payment.id, framesOf(guestWithPrint(ANN)));
  expect(await failureOf(identify(payment.id, scanId))).toMatchObject({ code: 'scan_not_live' });
  expect(await walletMinor()).toBe(4_110n);
});

it('a terminal that vanishes in the middle charges nothing, and the order is paid afterwards', async () => {
  const payment = await startPayment();
  const answer = await askForScan(server.url, terminal, { purpose: 'payment', paymentId: payment.id });
  if (!('grant' in answer)) throw new Error(`no grant: ${answer.code}`);
  const client = new ScanClient(server.url, terminal, answer.grant);
  await client.start();
  client.sendBytes(client.signer.sign(await encodeFrame(capture(ANN)[0])));
  client.close();
  expect(await walletMinor()).toBe(4_110n);

  const again = await api.call('createPayment', { body: { orderId: payment.orderId ?? '' }, idempotencyKey: newKey() });
  await identify(again.id, await scan(again.id, capture(ANN, 2)));
  expect(await confirm(again.id)).toMatchObject({ state: 'succeeded' });
  expect(await walletMinor()).toBe(4_110n - 890n);
});

it('“This wasn’t me” gives the money back and stops the face, which no longer pays', async () => {
  const { data } = await ann.call('listMyPayments', { query: {} });
  const token = data[0].receiptUrl?.replace('/r/', '') ?? '';
  const claim = await createClient({ baseUrl: server.url }).call('openClaim', { params: { token } });
  expect(claim).toMatchObject({ state: 'credited', facePay: 'frozen' });
  expect(await walletMinor()).toBe(4_110n);
  const payment = await startPayment();
  const scanId = await scan(payment.id, capture(ANN, 3));
  expect(await failureOf(identify(payment.id, scanId))).toMatchObject({ code: 'face_pay_not_on' });
});

async function startPayment(): Promise<Payment> {
  const order = await api.call('createOrder', {
    body: {
      lines: [{ itemId: 'itm_sunny0burger', quantity: 1, changes: [{ change: 'without', componentId: 'bun' }] }],
      serving: 'here',
      language: 'en',
    },
    idempotencyKey: newKey(),
  });
  return api.call('createPayment', { body: { orderId: order.id }, idempotencyKey: newKey() });
}

const identify = (paymentId: string, scanId: string, phone = PHONE) =>
  api.call('identifyPayer', { params: { paymentId }, body: { method: 'face_and_phone', scanId, phone } });
const confirm = (paymentId: string) =>
  api.call('confirmPayment', { params: { paymentId }, body: {}, idempotencyKey: newKey() });

function capture(seed: number, take = 0): Frame[] {
  return framesOf(madeUpGuest(seed, { take }));
}

function framesOf(next: () => Frame): Frame[] {
  return Array.from({ length: 9 }, () => next());
}

/** Shows these frames to the camera; the id of the scan, whatever it decided. */
async function scan(paymentId: string, frames: readonly Frame[]): Promise<string> {
  const encoded = await Promise.all(frames.map((frame) => encodeFrame(frame)));
  const answer = await askForScan(server.url, terminal, { purpose: 'payment', paymentId });
  if (!('grant' in answer)) throw new Error(`no grant: ${answer.code}`);
  const client = new ScanClient(server.url, terminal, answer.grant);
  await client.start();
  await client.sendFrames(encoded, FRAMES_PER_SECOND);
  if (!client.last) client.sendText({ type: 'end' });
  await client.over();
  return answer.grant.id;
}

/** A willing guest: looks where the hints ask. */
async function enrol(seed: number, token: string): Promise<void> {
  const answer = await askForScan(server.url, terminal, { purpose: 'enrolment' }, token);
  if (!('grant' in answer)) throw new Error(`no grant: ${answer.code}`);
  const client = new ScanClient(server.url, terminal, answer.grant);
  await client.start();
  const next = madeUpGuest(seed, { framesPerSecond: 8 });
  for (let count = 0; count < 60 && !client.last; count += 1) {
    const event = client.events.at(-1);
    const hint = event?.type === 'progress' ? event.hint : 'good';
    const frame = next(hint === 'turn_left' ? 20 : hint === 'turn_right' ? -20 : 0);
    client.sendBytes(client.signer.sign(await encodeFrame(frame)));
    await client.until(() => client.events.at(-1) !== event, 5_000);
  }
  expect(await client.over()).toMatchObject({ type: 'decision', outcome: 'live' });
}

async function pair(url: string): Promise<TestTerminal> {
  const { privateKey, publicKey: key } = generateKeyPairSync('ed25519');
  const publicKey = key.export({ type: 'spki', format: 'der' }).toString('base64url');
  const { id, testMode } = await createClient({ baseUrl: url }).call('pairTerminal', {
    body: { pairingCode: DEMO.merchants[0].shops[0].pairingCode, publicKey, model: 'test', softwareVersion: '0' },
  });
  return { id, testMode, publicKey, privateKey };
}

function signedBy(device: TestTerminal): typeof fetch {
  return (input, init) => {
    const url = new URL(String(input));
    const headers = new Headers(init?.headers);
    const signature = deviceHeaders(device, init?.method ?? 'GET', url.pathname + url.search, init?.body as string);
    for (const [name, value] of Object.entries(signature)) headers.set(name, value);
    return fetch(url, { ...init, headers });
  };
}

async function untilReady(url: string): Promise<void> {
  const giveUpAtMs = Date.now() + 60_000;
  while (!(await fetch(`${url}/readyz`)).ok) {
    if (Date.now() > giveUpAtMs) throw new Error('the server did not become ready');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
