import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { tmpdir } from 'node:os';
import {
  type Client as ApiClient,
  ApiError,
  createClient,
  DEVICE_HEADER,
  type DeviceRequest,
  deviceSigningText,
  formatDeviceHeader,
  money,
  type NewOrderLine,
  type Order,
  type Payment,
  PERSON_HEADER,
} from '@smile/contract';
import { createLedger, type Ledger } from '@smile/ledger';
import type { Pool } from '@smile/postgres';
import { createTestDatabase } from '@smile/postgres/testing';
import pino, { type DestinationStream } from 'pino';
import { buildApp, DEMO, type ServerApp } from '../app.ts';
import { ACCOUNTS } from '../books/service.ts';
import { type ServerConfigInput, ServerConfigSchema } from '../config.ts';
import type { FaceComparison, ScanConsumption, ScanEvidence, ScanRooms } from '../context.ts';
import { NO_FACTS } from '../faces/index.ts';
import { createLogger } from '../http/logging.ts';
import { newId } from '../ids.ts';
import { MIGRATIONS } from '../migrations.ts';
import { createKeyDerivation } from '../secrets.ts';

/** The server as tests see it: a real database, scans and faces made up, and a clock that tests turn. */
export type World = {
  readonly app: ServerApp;
  readonly pool: Pool;
  readonly ledger: Ledger;
  readonly clock: { readonly now: () => Date; advance(ms: number): void };
  readonly camera: FakeCamera;
  /** A caller without any sign-in. */
  readonly anyone: ApiClient;
  as(headers: Record<string, string>): ApiClient;
  fetchFrom(headers: Record<string, string>): typeof fetch;
  /** Pairs one of the demo's terminals, once; later calls give the same. */
  terminal(name?: TerminalName): Promise<TestTerminal>;
  /** A person with consents and a PIN; `face` enrols one and switches face pay on. */
  join(phone: string, wanted?: { balanceMinor?: bigint; face?: string; pin?: string | null }): Promise<TestPerson>;
  /** The code that was last sent to this number. */
  lastCode(phone: string): Promise<string>;
  balances(): Promise<Record<'merchant' | 'fees' | 'cover', bigint>>;
  close(): Promise<void>;
};

type TerminalName = 'oldtown' | 'riverside' | 'jadelane';

export type TestPerson = {
  readonly id: string;
  readonly phone: string;
  readonly pin: string;
  readonly token: string;
  readonly api: ApiClient;
  balanceMinor(): Promise<bigint>;
};

/** A payment that was started for an order. */
type OrderPayment = Payment & { readonly orderId: string };

export type TestTerminal = {
  readonly id: string;
  readonly shopId: string;
  readonly key: KeyObject;
  readonly api: ApiClient;
  /** With a person's session beside the signature. */
  withPerson(token: string): ApiClient;
  headers(request: {
    method: string;
    path: string;
    body?: string;
    nonce?: string;
    atMs?: number;
  }): Record<string, string>;
  order(lines?: Partial<NewOrderLine>[]): Promise<Order>;
  startPayment(orderId: string, captureMethod?: 'automatic' | 'manual'): Promise<OrderPayment>;
  /** An order, a payment, and its payer by face. */
  readyToConfirm(payer: TestPerson, face: string, lines?: Partial<NewOrderLine>[]): Promise<OrderPayment>;
  identify(paymentId: string, phone: string, face: string, more?: Partial<ScanEvidence>): Promise<OrderPayment>;
  confirm(paymentId: string, more?: { pin?: string; key?: string }): Promise<OrderPayment>;
};

/** Faces are words: two are one person when the words are the same. */
export type FakeCamera = {
  readonly faces: Map<string, string>;
  /** People whose template is of another model version; they are not in `faces`. */
  readonly outdated: Set<string>;
  readonly lookAlikes: Set<string>;
  scan(face: string, of: { terminalId: string; paymentId: string }, more?: Partial<ScanEvidence>): string;
};

export const BURGER = 'itm_sunny0burger';
export const COLA = 'itm_sunny0cola';
export const GOOD_PIN = '271828';
export const TEST_SECRET = 'the secret of a test, not of a server';

export async function openWorld(config: ServerConfigInput = {}, logTo?: DestinationStream): Promise<World> {
  const database = await createTestDatabase(MIGRATIONS);
  const { pool } = database;
  let offsetMs = 0;
  const now = () => new Date(Date.now() + offsetMs);
  const camera = createFakeCamera();
  const parsed = ServerConfigSchema.parse({ dataDir: tmpdir(), logLevel: 'silent', ...config });
  const app = await buildApp({
    config: parsed,
    pool,
    log: logTo ? createLogger(parsed, logTo) : pino({ level: 'silent' }),
    deriveKey: createKeyDerivation(TEST_SECRET),
    buildScanRooms: async () => camera.rooms,
    now,
  });
  await app.prepare();
  await app.http.ready();
  const ledger = createLedger(pool);
  const terminals = new Map<TerminalName, Promise<TestTerminal>>();

  const fetchFrom =
    (headers: Record<string, string>): typeof fetch =>
    async (input, init) => {
      const url = new URL(String(input));
      const answer = await app.http.inject({
        method: (init?.method ?? 'GET') as 'GET',
        url: url.pathname + url.search,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), ...headers },
        ...(init?.body ? { payload: init.body as string } : {}),
      });
      return new Response(answer.body, {
        status: answer.statusCode,
        headers: answer.headers as Record<string, string>,
      });
    };
  const as = (headers: Record<string, string>) => createClient({ baseUrl: 'http://server', fetch: fetchFrom(headers) });
  const anyone = as({});

  const world: World = {
    app,
    pool,
    ledger,
    clock: {
      now,
      advance(ms) {
        offsetMs += ms;
      },
    },
    camera,
    anyone,
    as,
    fetchFrom,
    terminal(name = 'oldtown') {
      const known = terminals.get(name) ?? pairTerminal(world, name);
      terminals.set(name, known);
      return known;
    },
    async lastCode(phone) {
      const answer = await app.http.inject({ url: `/dev/outbox.json?phone=${encodeURIComponent(phone)}` });
      const newest = (answer.json() as { data: { text: string }[] }).data[0];
      return /\d{6}/.exec(newest?.text ?? '')?.[0] ?? '';
    },
    join: (phone, wanted) => joinWorld(world, phone, wanted ?? {}),
    async balances() {
      const of = async (id: string) => (await ledger.balance(id))?.postedMinor ?? 0n;
      return {
        merchant: await of(ACCOUNTS.merchant(DEMO.merchants[0].id, 'EUR')),
        fees: await of(ACCOUNTS.fees('EUR')),
        cover: await of(ACCOUNTS.coverFund('EUR')),
      };
    },
    async close() {
      const { problems } = await ledger.verify();
      await app.close();
      await database.drop();
      if (problems.length > 0) throw new Error(`the books do not add up: ${JSON.stringify(problems)}`);
    },
  };
  return world;
}

/** The code of a call that is expected to fail. */
export async function failureOf(call: Promise<unknown>): Promise<ApiError['body'] & { status: number }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ApiError) return { ...error.body, status: error.status };
    throw error;
  }
  throw new Error('the call was expected to fail and did not');
}

let phones = 0;
/** A number that nobody of this test file has had yet. */
export function freshPhone(): string {
  phones += 1;
  return `+4915120${String(phones).padStart(6, '0')}`;
}

export const newKey = () => randomBytes(12).toString('base64url');

async function joinWorld(
  world: World,
  phone: string,
  wanted: { balanceMinor?: bigint; face?: string; pin?: string | null },
): Promise<TestPerson> {
  const { authCodeId } = await world.anyone.call('requestCode', { body: { phone } });
  const session = await world.anyone.call('openSession', {
    body: { authCodeId, code: await world.lastCode(phone) },
  });
  const api = world.as({ authorization: `Bearer ${session.token}` });
  const { data: texts } = await world.anyone.call('getConsentTexts', { query: {} });
  for (const { kind, version } of texts) await api.call('giveConsent', { body: { kind, version } });
  const pin = wanted.pin === undefined ? GOOD_PIN : wanted.pin;
  if (pin !== null) await api.call('setPin', { body: { pin } });
  if (wanted.balanceMinor) {
    await api.call('topUp', {
      body: { amount: money(wanted.balanceMinor, 'EUR'), source: 'sandbox_bank' },
      idempotencyKey: newKey(),
    });
  }
  if (wanted.face) {
    world.camera.faces.set(session.person.id, wanted.face);
    await api.call('setFacePay', { body: { enabled: true } });
  }
  return {
    id: session.person.id,
    phone,
    pin: pin ?? '',
    token: session.token,
    api,
    balanceMinor: async () => BigInt((await api.call('getMe', {})).balance.amountMinor),
  };
}

async function pairTerminal(world: World, name: TerminalName): Promise<TestTerminal> {
  const shop = DEMO.merchants.flatMap((merchant) => [...merchant.shops]).find(({ id }) => id === `shp_demo${name}`);
  if (!shop) throw new Error(`the demo has no shop ${name}`);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { id, shopId } = await world.anyone.call('pairTerminal', {
    body: {
      pairingCode: shop.pairingCode,
      publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
      model: 'test',
      softwareVersion: '0',
    },
  });

  const headers: TestTerminal['headers'] = (request) => {
    const signed: DeviceRequest = {
      terminalId: id,
      timestampMs: request.atMs ?? world.clock.now().getTime(),
      requestNonce: request.nonce ?? newKey(),
      method: request.method,
      path: request.path,
      bodySha256: createHash('sha256')
        .update(request.body ?? '')
        .digest('hex'),
    };
    const signature = sign(null, Buffer.from(deviceSigningText(signed)), privateKey).toString('base64url');
    return { [DEVICE_HEADER]: formatDeviceHeader(signed, signature) };
  };
  const client = (more: Record<string, string>) => {
    const signedFetch: typeof fetch = (input, init) => {
      const url = new URL(String(input));
      const signature = headers({
        method: init?.method ?? 'GET',
        path: url.pathname + url.search,
        body: init?.body as string | undefined,
      });
      return world.fetchFrom({ ...more, ...signature })(input, init);
    };
    return createClient({ baseUrl: 'http://server', fetch: signedFetch });
  };
  const api = client({});

  const terminal: TestTerminal = {
    id,
    shopId,
    key: privateKey,
    api,
    withPerson: (token) => client({ [PERSON_HEADER]: token }),
    headers,
    order: (lines = [{}]) =>
      api.call('createOrder', {
        body: {
          lines: lines.map((line) => ({ itemId: BURGER, quantity: 1, changes: [], ...line })),
          serving: 'here',
          language: 'en',
        },
        idempotencyKey: newKey(),
      }),
    startPayment: (orderId, captureMethod = 'automatic') =>
      api.call('createPayment', { body: { orderId, captureMethod }, idempotencyKey: newKey() }).then(ofOrder),
    identify: (paymentId, phone, face, more) =>
      api
        .call('identifyPayer', {
          params: { paymentId },
          body: {
            method: 'face_and_phone',
            scanId: world.camera.scan(face, { terminalId: id, paymentId }, more),
            phone,
          },
        })
        .then(ofOrder),
    async readyToConfirm(payer, face, lines) {
      const order = await terminal.order(lines);
      const payment = await terminal.startPayment(order.id);
      return terminal.identify(payment.id, payer.phone, face);
    },
    confirm: (paymentId, more = {}) =>
      api
        .call('confirmPayment', {
          params: { paymentId },
          body: more.pin === undefined ? {} : { pin: more.pin },
          idempotencyKey: more.key ?? newKey(),
        })
        .then(ofOrder),
  };
  return terminal;
}

/** Tests of payments without an order do not look at `orderId`. */
const ofOrder = (payment: Payment): OrderPayment => ({ ...payment, orderId: payment.orderId as string });

type Scan = {
  readonly face: string;
  readonly terminalId: string;
  readonly paymentId: string;
  readonly evidence: ScanEvidence;
  used: boolean;
};

const WORDS_MATCH = { threshold: 0.35, modelVersion: 'words-1', sizeFits: null };
/** As many people as a short list of words may have. */
const MAX_WORDS_LIST = 3;

/** Probes are one number that stands for the word. */
function probeOf(face: string): Float32Array {
  return Float32Array.of(createHash('sha256').update(face).digest().readUInt16BE());
}

function createFakeCamera(): FakeCamera & { readonly rooms: ScanRooms } {
  const faces = new Map<string, string>();
  const outdated = new Set<string>();
  const lookAlikes = new Set<string>();
  const scans = new Map<string, Scan>();
  const look = (wanted: { scanId: string; terminalId: string; paymentId: string }): ScanConsumption => {
    const scan = scans.get(wanted.scanId);
    if (!scan || scan.terminalId !== wanted.terminalId || scan.paymentId !== wanted.paymentId) {
      return { ok: false, code: 'scan_not_found' };
    }
    if (scan.used) return { ok: false, code: 'scan_already_used' };
    if (scan.evidence.outcome !== 'live') return { ok: false, code: 'scan_not_live' };
    return { ok: true, probe: probeOf(scan.face), facts: NO_FACTS, evidence: scan.evidence };
  };
  return {
    faces,
    outdated,
    lookAlikes,
    scan(face, of, more = {}) {
      const scanId = newId('scan');
      const evidence: ScanEvidence = {
        scanId,
        outcome: 'live',
        reasons: [],
        cameraKind: '3d',
        cameraModel: 'fake',
        framesJudged: 8,
        decisionMs: 900,
        simulated: true,
        ...more,
      };
      scans.set(scanId, { face, ...of, evidence, used: false });
      return scanId;
    },
    rooms: {
      scans: {
        peekForPayment: async (wanted) => look(wanted),
        async consumeForPayment(_client, wanted): Promise<ScanConsumption> {
          const taken = look(wanted);
          const scan = scans.get(wanted.scanId);
          if (taken.ok && scan) scan.used = true;
          return taken;
        },
      },
      faces: {
        async compare({ personId, probe }): Promise<FaceComparison> {
          const face = faces.get(personId);
          if (face === undefined) return { ok: false, code: 'no_face_enrolled' };
          const match = probeOf(face)[0] === probe[0];
          return { ok: true, match, similarity: match ? 0.8 : 0.1, ...WORDS_MATCH };
        },
        async compareAmong({ personIds, probe }) {
          if (personIds.length > MAX_WORDS_LIST) return { ok: false, code: 'list_too_long' };
          const [personId, second] = personIds.filter((id) => probeOf(faces.get(id) ?? '')[0] === probe[0]);
          if (personId === undefined) return { ok: false, code: 'nobody' };
          return second ? { ok: false, code: 'not_clear' } : { ok: true, personId, similarity: 0.8, ...WORDS_MATCH };
        },
        learn: async () => false,
        canSearch: (listLength) => listLength <= MAX_WORDS_LIST,
        guess: (probe, limit) =>
          [...faces.keys()].filter((id) => probeOf(faces.get(id) ?? '')[0] === probe[0]).slice(0, limit),
        enrolment: async (personId) =>
          outdated.has(personId) ? 'outdated' : faces.has(personId) ? 'enrolled' : 'none',
        hasLookAlike: async (_db, personId) => lookAlikes.has(personId),
        lookAlikesAmong: async (_db, personIds) => new Set(personIds.filter((id) => lookAlikes.has(id))),
        isEnrolled: async (personId) => faces.has(personId),
        deleteFace: async (personId) => faces.delete(personId),
      },
      routes: () => undefined,
      ready: () => true,
      sweep: async () => undefined,
      close: async () => undefined,
    },
  };
}
