import { createClient } from '@smile/contract';
import { openShop } from '@smile/e2e/shop';
import { startTemporaryServer } from '@smile/postgres/testing';
import WebSocket from 'ws';

const WARM_UP_MS = 5_000;
const WINDOW_MS = 10_000;
const SCAN_TIMEOUT_MS = 15_000;

export type StageReport = {
  /** Pictures a second at the preview, whole shop on this machine, medians over the seconds. */
  readonly framesPerSecond: { readonly idle: number; readonly whileScanning: number };
  readonly longestGapMs: { readonly idle: number; readonly whileScanning: number };
  readonly scans: number;
};

/** How live the simulated camera is beside server, database and terminal, with nobody paying and with one scan after another. */
export async function runStageBench(): Promise<StageReport> {
  const database = await startTemporaryServer();
  const shop = await openShop({ databaseUrl: database.url });
  const preview = new WebSocket(`${shop.terminalUrl.replace('http', 'ws')}/stage/preview`);
  try {
    await shop.setStage({ subject: { kind: 'procedural', seed: 5 }, presentation: 'person', smiling: true });
    const arrivals: number[] = [];
    preview.on('message', () => arrivals.push(performance.now()));
    await pause(WARM_UP_MS);
    const window = async (during: Promise<unknown>): Promise<{ framesPerSecond: number; longestGapMs: number }> => {
      arrivals.length = 0;
      await during;
      const gaps = arrivals.slice(1).map((at, index) => at - arrivals[index]);
      if (gaps.length === 0) throw new Error('the preview showed nothing');
      return {
        framesPerSecond: round((1_000 * gaps.length) / (arrivals[arrivals.length - 1] - arrivals[0])),
        longestGapMs: round(Math.max(...gaps)),
      };
    };
    const idle = await window(pause(WINDOW_MS));
    let scans = 0;
    const scanning = async () => {
      for (const until = performance.now() + WINDOW_MS; performance.now() < until; scans += 1) {
        await scanOnce(shop.terminalUrl);
      }
    };
    const whileScanning = await window(scanning());
    return {
      framesPerSecond: { idle: idle.framesPerSecond, whileScanning: whileScanning.framesPerSecond },
      longestGapMs: { idle: idle.longestGapMs, whileScanning: whileScanning.longestGapMs },
      scans,
    };
  } finally {
    preview.terminate();
    await shop.close();
    await database.stop();
  }
}

/** Orders, asks for a payment and is scanned for it, as the kiosk page does; then leaves. */
async function scanOnce(terminalUrl: string): Promise<void> {
  const kiosk = createClient({ baseUrl: terminalUrl });
  const { menu } = await kiosk.call('getTerminalProfile', {});
  const itemId = menu.items[0].id;
  const order = await kiosk.call('createOrder', {
    body: { lines: [{ itemId, quantity: 1, changes: [] }], serving: 'here', language: 'en' },
    idempotencyKey: crypto.randomUUID(),
  });
  const payment = await kiosk.call('createPayment', {
    body: { orderId: order.id },
    idempotencyKey: crypto.randomUUID(),
  });
  const started = await fetch(`${terminalUrl}/local/scans`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // Nobody is there to paint the light.
    body: JSON.stringify({ purpose: 'payment', paymentId: payment.id, light: false }),
  });
  const { scanId } = (await started.json()) as { scanId: string };
  const socket = new WebSocket(`${terminalUrl.replace('http', 'ws')}/local/scans/${scanId}`);
  const end = await new Promise<{ type: string; outcome?: string; code?: string }>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the scan did not end')), SCAN_TIMEOUT_MS);
    socket.on('error', reject);
    socket.on('message', (data, isBinary) => {
      if (isBinary) return;
      const event = JSON.parse(String(data)) as { type: string; outcome?: string; code?: string };
      if (event.type !== 'decision' && event.type !== 'error') return;
      clearTimeout(timer);
      resolve(event);
    });
  });
  socket.close();
  if (end.outcome !== 'live') throw new Error(`the scan ended with ${end.outcome ?? end.code}`);
  await kiosk.call('cancelPayment', { params: { paymentId: payment.id }, idempotencyKey: crypto.randomUUID() });
  await kiosk.call('cancelOrder', { params: { orderId: order.id }, idempotencyKey: crypto.randomUUID() });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const round = (value: number) => Math.round(value * 10) / 10;
