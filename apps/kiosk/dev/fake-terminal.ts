/**
 * A test double of the terminal and the platform behind it, for looking at the kiosk without either: in memory, knows one
 * guest, checks nothing that matters. What it answers can be bent through `POST /fake` (see `Bend`). Never part of the product.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import {
  amountOf,
  type ErrorBody,
  type KioskState,
  type Menu,
  money,
  NewOrderSchema,
  type Order,
  type Payment,
  type Person,
  type PhoneStep,
  type ScanEvent,
  type TopUpResult,
} from '@smile/contract';
import sharp from 'sharp';
import { type WebSocket, WebSocketServer } from 'ws';
import { changeText, unitPrice } from '../src/dish.ts';

/** How the double misbehaves; everything is as it should be by default. */
export type Bend = {
  /** Outcomes of the next scans, used up one after the other; then `live`. */
  readonly outcomes: readonly Extract<ScanEvent, { type: 'decision' }>['outcome'][];
  /** Failures of the next calls, by endpoint: code, status and waiting time. */
  readonly failures: Readonly<Record<string, readonly { code: string; status: number; retryAfterMs?: number }[]>>;
  readonly camera: KioskState['camera']['state'];
  readonly serverReachable: boolean;
  readonly pinRequired: Payment['pinReason'];
  readonly phoneStep: PhoneStep;
  readonly scanMs: number;
  /** The wallet's balance, minor units. */
  readonly balanceMinor: string;
};

export const STRAIGHT: Bend = {
  outcomes: [],
  failures: {},
  camera: 'ready',
  serverReachable: true,
  pinRequired: null,
  phoneStep: 'full',
  scanMs: 2_400,
  balanceMinor: '5000',
};

/** The double's guest; any other number does not fit. */
export const GUEST = { phone: '1701234567', pin: '482915', code: '123456' } as const;

const id = (prefix: string) => `${prefix}_${randomUUID().replaceAll('-', '')}`;
const digitsOf = (phone: string) => phone.replace(/\D/g, '').replace(/^(49|0)/, '');

const CONSENTS = {
  en: {
    terms:
      'Your wallet holds the money you put into it. You pay by looking, typing your number and tapping Pay.\n\nIf it was not you, open the receipt and say so.',
    biometrics:
      'To recognise you we turn a few views of your face into a row of numbers. Nothing else is kept.\n\nPaying with phone and PIN costs the same. You can take this back at any time.',
  },
  zh: {
    terms:
      '钱包里的钱由您自己存入。您看向摄像头、输入手机号并点按“付款”来付款。\n\n如果不是您本人所为，请打开收据告诉我们。',
    biometrics:
      '为了识别您，我们把您面部的几个角度转换成一串数字，不保存其他内容。\n\n使用手机号和密码付款，价格相同。您可以随时撤回。',
  },
} as const;

export type FakeTerminal = {
  readonly url: string;
  bend(change: Partial<Bend>): void;
  /** What happened, for checks: `POST createOrder key` lines in order. */
  readonly log: readonly string[];
  readonly payments: ReadonlyMap<string, Payment>;
  readonly orders: ReadonlyMap<string, Order>;
  close(): Promise<void>;
};

class Refusal extends Error {
  readonly status: number;
  readonly error: ErrorBody['error'];
  constructor(status: number, code: string, retryAfterMs?: number) {
    super(code);
    this.status = status;
    this.error = { type: 'invalid_request_error', code, message: code, retryAfterMs };
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};
/** As the real terminal sends it, so that what it forbids is found here already. */
const POLICY =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; frame-ancestors 'none'";

export async function startFakeTerminal(options: {
  readonly menu: Menu;
  readonly merchantName: string;
  readonly shopName: string;
  readonly distDir: string;
  readonly port?: number;
}): Promise<FakeTerminal> {
  let bent: Bend = STRAIGHT;
  const orders = new Map<string, Order>();
  const payments = new Map<string, Payment>();
  const answers = new Map<string, unknown>();
  const scans = new Map<string, 'payment' | 'enrolment'>();
  const log: string[] = [];
  let number = 16;
  let person: Person | null = null;

  const shop = {
    id: id('shp'),
    merchantId: id('mer'),
    merchantName: options.merchantName,
    name: options.shopName,
    currency: 'EUR' as const,
    country: 'DE',
    defaultLanguage: 'en' as const,
    languages: ['en' as const, 'zh' as const],
  };
  const profile = {
    terminal: { id: id('trm'), shopId: shop.id, name: 'Counter 1', state: 'active' as const, testMode: true },
    shop,
    menu: options.menu,
  };
  const newPerson = (): Person => ({
    id: id('per'),
    phoneHint: '+49 170 •••• 567',
    facePay: 'off',
    faceEnrolled: false,
    faceOutdated: false,
    pinAlways: false,
    phoneStep: 'last_four',
    pinSet: false,
    consents: [],
    balance: money(0n, 'EUR'),
    createdAt: new Date().toISOString(),
  });

  const stateNow = (): KioskState => ({
    profile: bent.serverReachable ? profile : null,
    serverReachable: bent.serverReachable,
    camera: { state: bent.camera, kind: 'structured_light', model: 'Fake', message: null },
    simulated: true,
    serverUrl: 'http://127.0.0.1:8080',
    softwareVersion: 'fake',
  });

  function paymentOf(paymentId: string): Payment {
    const payment = payments.get(paymentId);
    if (!payment) throw new Refusal(404, 'payment_not_found');
    return payment;
  }
  function setPayment(payment: Payment): Payment {
    payments.set(payment.id, payment);
    return payment;
  }
  function me(): Person {
    if (!person) throw new Refusal(401, 'session_invalid');
    return person;
  }

  function createOrder(body: unknown): Order {
    const wanted = NewOrderSchema.parse(body);
    let totalMinor = 0n;
    const lines = wanted.lines.map((line) => {
      const item = options.menu.items.find((candidate) => candidate.id === line.itemId);
      if (!item) throw new Refusal(400, 'menu_item_not_found');
      const lineMinor = amountOf(unitPrice(item, line.changes)) * BigInt(line.quantity);
      totalMinor += lineMinor;
      return {
        itemId: line.itemId,
        name: item.name,
        quantity: line.quantity,
        changes: line.changes.map((change) => ({
          change,
          text: {
            en: changeText(item, change, {
              without: (part) => `no ${part.en}`,
              extra: (part, count) => `extra ${part.en} ×${count}`,
              swap: (part, instead) => `${instead.en} instead of ${part.en}`,
            }),
            zh: changeText(item, change, {
              without: (part) => `不要${part.zh}`,
              extra: (part, count) => `加${part.zh} ×${count}`,
              swap: (part, instead) => `${part.zh}换成${instead.zh}`,
            }),
          },
        })),
        total: money(lineMinor, 'EUR'),
      };
    });
    number += 1;
    const order: Order = {
      id: id('ord'),
      shopId: shop.id,
      number: `A-${number}`,
      state: 'open',
      serving: wanted.serving,
      lines,
      total: money(totalMinor, 'EUR'),
      createdAt: new Date().toISOString(),
    };
    orders.set(order.id, order);
    return order;
  }

  function identify(
    payment: Payment,
    body: {
      method: 'face_and_phone' | 'face_and_last_digits' | 'face_alone' | 'phone_and_pin';
      phone?: string;
      lastDigits?: string;
      pin?: string;
    },
  ): Payment {
    if (payment.state === 'canceled') throw new Refusal(409, 'payment_canceled');
    if (body.method === 'face_and_last_digits' && body.lastDigits !== GUEST.phone.slice(-4))
      throw new Refusal(422, 'full_number_needed');
    if (body.phone !== undefined && digitsOf(body.phone) !== GUEST.phone)
      throw new Refusal(422, 'identification_failed');
    if (body.method === 'phone_and_pin' && body.pin !== GUEST.pin) throw new Refusal(422, 'identification_failed');
    const pinReason = body.method === 'phone_and_pin' ? null : bent.pinRequired;
    return setPayment({
      ...payment,
      state: 'requires_confirmation',
      method: body.method === 'phone_and_pin' ? 'phone_and_pin' : 'face_and_phone',
      payerHint: '+49 170 •••• 567',
      pinRequired: pinReason !== null,
      pinReason,
    });
  }

  function confirm(payment: Payment, body: { pin?: string }): Payment {
    if (payment.state === 'canceled') throw new Refusal(409, 'payment_canceled');
    if (payment.state !== 'requires_confirmation') return payment;
    if (payment.pinRequired && body.pin !== GUEST.pin) throw new Refusal(400, 'pin_wrong');
    const balanceMinor = BigInt(bent.balanceMinor);
    if (amountOf(payment.amount) > balanceMinor) throw new Refusal(402, 'insufficient_funds');
    bent = { ...bent, balanceMinor: String(balanceMinor - amountOf(payment.amount)) };
    const order = orders.get(payment.orderId ?? '');
    if (order) orders.set(order.id, { ...order, state: 'paid' });
    return setPayment({ ...payment, state: 'succeeded', receiptUrl: `/r/${randomUUID().replaceAll('-', '')}` });
  }

  type Call = { name: string; body: never; query: URLSearchParams; ids: readonly string[] };
  const handlers: Readonly<Record<string, (call: Call) => unknown>> = {
    'POST /v1/auth/codes': ({ body }) => {
      if (digitsOf((body as { phone: string }).phone).length < 7) throw new Refusal(400, 'phone_invalid');
      return {
        authCodeId: id('otp'),
        phoneHint: '+49 170 •••• 567',
        expiresAt: new Date(Date.now() + 300_000).toISOString(),
      };
    },
    'POST /v1/auth/sessions': ({ body }) => {
      if ((body as { code: string }).code !== GUEST.code) throw new Refusal(400, 'code_wrong');
      const isNew = person === null;
      person ??= newPerson();
      return { token: `tok_${randomUUID()}`, expiresAt: new Date(Date.now() + 3_600_000).toISOString(), isNew, person };
    },
    'DELETE /v1/auth/sessions/current': () => ({ closed: true }),
    'GET /v1/me': () => me(),
    'GET /v1/consents': ({ query }) => {
      const language = query.get('language') === 'zh' ? 'zh' : 'en';
      return {
        data: (['terms', 'biometrics'] as const).map((kind) => ({
          kind,
          version: `${kind}-1`,
          language,
          text: CONSENTS[language][kind],
        })),
      };
    },
    'POST /v1/me/consents': ({ body }) => {
      const { kind, version } = body as { kind: 'terms' | 'biometrics'; version: string };
      person = { ...me(), consents: [...me().consents, { kind, version, givenAt: new Date().toISOString() }] };
      return person;
    },
    'PUT /v1/me/pin': ({ body }) => {
      const { pin } = body as { pin: string };
      if (/^(\d)\1{5}$/.test(pin) || pin === '123456') throw new Refusal(400, 'pin_weak');
      person = { ...me(), pinSet: true };
      return person;
    },
    'PUT /v1/me/face-pay': ({ body }) => {
      if (!me().faceEnrolled) throw new Refusal(409, 'face_required');
      person = { ...me(), facePay: (body as { enabled: boolean }).enabled ? 'on' : 'off' };
      return person;
    },
    'POST /v1/me/top-ups': ({ body }) => {
      const { amount } = body as { amount: Person['balance'] };
      const balance = money(amountOf(me().balance) + amountOf(amount), 'EUR');
      person = { ...me(), balance };
      bent = { ...bent, balanceMinor: String(BigInt(bent.balanceMinor) + amountOf(amount)) };
      const topUp: TopUpResult = {
        id: id('top'),
        amount,
        state: 'succeeded',
        source: 'sandbox_bank',
        automatic: false,
        failureCode: null,
        balance,
        createdAt: new Date().toISOString(),
      };
      return topUp;
    },
    'GET /v1/terminal': () => profile,
    'POST /v1/terminal/orders': ({ body }) => createOrder(body),
    'POST /v1/terminal/orders/:id/cancel': ({ ids }) => {
      const order = orders.get(ids[0]);
      if (!order) throw new Refusal(404, 'order_not_found');
      const canceled: Order = { ...order, state: 'canceled' };
      orders.set(order.id, canceled);
      return canceled;
    },
    'POST /v1/terminal/payments': ({ body }) => {
      const order = orders.get((body as { orderId: string }).orderId);
      if (!order) throw new Refusal(404, 'payment_not_found');
      return setPayment({
        id: id('pay'),
        orderId: order.id,
        shopId: shop.id,
        state: 'requires_identification',
        amount: order.total,
        shopName: shop.name,
        method: null,
        payerHint: null,
        pinRequired: false,
        faceOutdated: false,
        pinReason: null,
        receiptUrl: null,
        createdAt: new Date().toISOString(),
      });
    },
    'GET /v1/terminal/payments/:id': ({ ids }) => paymentOf(ids[0]),
    'POST /v1/terminal/payments/:id/phone-step': () => ({
      step: bent.phoneStep,
      reason: bent.phoneStep === 'full' ? 'first_time' : bent.phoneStep === 'none' ? 'regular' : 'known_here',
    }),
    'POST /v1/terminal/payments/:id/identify': ({ ids, body }) => identify(paymentOf(ids[0]), body),
    'POST /v1/terminal/payments/:id/confirm': ({ ids, body }) => confirm(paymentOf(ids[0]), body),
    'POST /v1/terminal/payments/:id/cancel': ({ ids }) => setPayment({ ...paymentOf(ids[0]), state: 'canceled' }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    const text = await bodyOf(request);
    const body = text ? JSON.parse(text) : undefined;
    const send = (status: number, json: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    if (url.pathname === '/local/state') return void send(200, stateNow());
    if (url.pathname === '/fake') {
      bent = { ...bent, ...(body as Partial<Bend>) };
      return void send(200, bent);
    }
    if (url.pathname === '/local/scans' && request.method === 'POST') {
      if (bent.camera !== 'ready') throw new Refusal(503, 'camera_unavailable');
      const scanId = id('scn');
      scans.set(scanId, (body as { purpose: 'payment' | 'enrolment' }).purpose);
      return void send(201, { scanId });
    }
    if (!url.pathname.startsWith('/v1/')) return serveFile(url.pathname, options.distDir, response);

    const ids: string[] = [];
    const path = url.pathname.replace(/\/((?:ord|pay)_[0-9a-z]+)/g, (_, found: string) => {
      ids.push(found);
      return '/:id';
    });
    const name = `${request.method} ${path}`;
    const key = request.headers['idempotency-key'];
    log.push(`${name} ${typeof key === 'string' ? key : ''}`.trim());
    const [failure, ...rest] = bent.failures[name] ?? [];
    if (failure) {
      bent = { ...bent, failures: { ...bent.failures, [name]: rest } };
      throw new Refusal(failure.status, failure.code, failure.retryAfterMs);
    }
    const handler = handlers[name];
    if (!handler) throw new Refusal(404, 'not_forwarded');
    const remembered = typeof key === 'string' ? answers.get(key) : undefined;
    const result = remembered ?? handler({ name, body: body as never, query: url.searchParams, ids });
    if (typeof key === 'string') answers.set(key, result);
    send(200, result);
  }

  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'internal_error');
      if (!(error instanceof Refusal)) console.error(error);
      response.writeHead(refusal.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: refusal.error }));
    });
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    const purpose = scans.get((request.url ?? '').split('/').at(-1) ?? '');
    if (!purpose) return socket.close();
    const [outcome = 'live', ...later] = bent.outcomes;
    bent = { ...bent, outcomes: later };
    void playScan(socket, purpose, outcome, bent.scanMs, () => {
      if (purpose === 'enrolment' && person) person = { ...person, faceEnrolled: true };
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the double has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    bend(change) {
      bent = { ...bent, ...change };
    },
    log,
    payments,
    orders,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

async function serveFile(pathname: string, dir: string, response: ServerResponse): Promise<void> {
  const path = normalize(pathname === '/' ? '/index.html' : pathname);
  try {
    const content = await readFile(join(dir, path));
    response.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    });
    response.end(content);
  } catch {
    response.writeHead(404).end('not here');
  }
}

const FRAME_MS = 90;

/** A few hints, a ring that fills, a decision; a drawn guest sways in the preview. */
async function playScan(
  socket: WebSocket,
  purpose: 'payment' | 'enrolment',
  outcome: Extract<ScanEvent, { type: 'decision' }>['outcome'],
  scanMs: number,
  onLive: () => void,
): Promise<void> {
  const send = (event: ScanEvent) => socket.readyState === socket.OPEN && socket.send(JSON.stringify(event));
  send({ type: 'ready' });
  const frames = Math.max(4, Math.round(scanMs / FRAME_MS));
  for (let frame = 0; frame < frames && socket.readyState === socket.OPEN; frame += 1) {
    const share = frame / frames;
    const turn = purpose === 'enrolment' ? (share > 0.75 ? 1 : share > 0.5 ? -1 : 0) : 0;
    socket.send(await drawnGuest(frame, turn));
    const hint =
      outcome === 'no_face'
        ? 'look_here'
        : turn !== 0
          ? turn < 0
            ? 'turn_left'
            : 'turn_right'
          : share < 0.25
            ? 'come_closer'
            : 'good';
    send({
      type: 'progress',
      hint,
      progress: outcome === 'no_face' ? 0 : share,
      face: { x: 0.35, y: 0.2, width: 0.3, height: 0.5 },
    });
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
  }
  if (outcome === 'live') onLive();
  send({ type: 'decision', outcome, reasons: [], decisionMs: scanMs });
  socket.close();
}

function drawnGuest(frame: number, turn: number): Promise<Buffer> {
  const sway = Math.sin(frame / 6) * 8;
  const face = turn * 22;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480">
    <rect width="640" height="480" fill="#cbbfa6"/><rect y="300" width="640" height="180" fill="#b8a98b"/>
    <g transform="translate(${320 + sway} 250)">
      <path d="M-150 240c8-110 70-140 150-140s142 30 150 140Z" fill="#3b6f8f"/>
      <rect x="-34" y="60" width="68" height="80" rx="30" fill="#d39a6c"/>
      <ellipse rx="88" ry="112" fill="#e6b083"/>
      <path d="M-92-20c-4-84 40-112 94-112s98 30 90 116c-10-36-24-52-50-60-36 18-90 20-112 10-12 12-18 28-22 46Z" fill="#3a2820"/>
      <g transform="translate(${face} 0)"><ellipse cx="-32" cy="-6" rx="9" ry="12" fill="#2b211d"/><ellipse cx="32" cy="-6" rx="9" ry="12" fill="#2b211d"/>
      <path d="M0 6v26" stroke="#c48a5c" stroke-width="9" stroke-linecap="round"/><path d="M-34 56c16 20 52 20 68 0" fill="none" stroke="#a33a2a" stroke-width="10" stroke-linecap="round"/></g>
    </g></svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 72 }).toBuffer();
}
