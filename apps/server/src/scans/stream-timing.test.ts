import { EventEmitter } from 'node:events';
import { encodeFrame, FrameSigner } from '@smile/camera';
import { type ScanEvent, ScanEventSchema } from '@smile/contract';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ScanVerdict } from './judge/types.ts';
import { createScanMetrics } from './metrics.ts';
import type { KeptEvidence } from './model.ts';
import { ScanStream, type StreamSocket } from './stream.ts';
import { emptyRoom } from './testing/empty-room.ts';
import { SIMULATED_CAMERA } from './testing/scan-client.ts';
import { makeTerminal } from './testing/scan-host.ts';
import type { ScanSeat } from './workers/worker-pool.ts';

const UNDECIDED: ScanVerdict = {
  outcome: 'undecided',
  reasons: [{ code: 'too_few_frames', message: 'There are too few usable pictures to decide.' }],
  livenessNats: null,
  framesJudged: 1,
  framesUsed: 0,
  depthUsed: false,
  template: null,
};

let frames: Uint8Array[];
beforeAll(async () => {
  frames = await Promise.all(
    Array.from({ length: 12 }, (_, i) => encodeFrame(emptyRoom(i, { widthPx: 64, heightPx: 48 }))),
  );
});
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly sent: ScanEvent[] = [];
  closedWith: number | null = null;
  send(text: string): void {
    this.sent.push(ScanEventSchema.parse(JSON.parse(text)));
  }
  close(code: number): void {
    this.readyState = 3;
    this.closedWith = code;
  }
  terminate(): void {}
}

/** A stream with a worker by script: `judge` answers when the test lets it. */
function stream(options: { full?: boolean; storing?: 'fails' } = {}) {
  const terminal = makeTerminal();
  const scan = { id: 'scn_00000001', purpose: 'payment', nonce: 'nonce-of-a-test', light: null } as const;
  const signer = new FrameSigner({ scanId: scan.id, nonce: scan.nonce, privateKey: terminal.privateKey });
  const judged: Uint8Array[] = [];
  let letGo: (() => void) | null = null;
  let breakThread: () => void = () => undefined;
  const seat: ScanSeat = {
    judge: async (bytes) => {
      judged.push(bytes);
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      return { ok: true, judged: { progress: { hint: 'good', progress: 0.2, face: null }, verdict: null } };
    },
    end: async () => ({ ok: true, verdict: UNDECIDED }),
    close: vi.fn(),
  };
  const settled: KeptEvidence[] = [];
  const socket = new FakeSocket();
  const made = new ScanStream(
    {
      service: {
        settle: async (_id, evidence) => {
          if (options.storing === 'fails' && evidence.outcome !== 'aborted') throw new Error('no database');
          settled.push(evidence);
          return { ok: true, value: undefined };
        },
      },
      workers: {
        open: (_id, _purpose, onBroken) => {
          breakThread = onBroken;
          return options.full ? null : seat;
        },
      },
      metrics: createScanMetrics(new Registry()),
      log: pino({ level: 'silent' }),
      modelVersion: 'test',
    },
    socket as unknown as StreamSocket,
    scan,
    terminal,
  );
  let next = 0;
  return {
    socket,
    settled,
    seat,
    judged,
    done: made.done,
    start: () =>
      socket.emit('message', Buffer.from(JSON.stringify({ type: 'start', camera: SIMULATED_CAMERA })), false),
    frame: () => {
      socket.emit('message', Buffer.from(signer.sign(frames[next])), true);
      next += 1;
    },
    /** The worker answers the frame it has. */
    async answer() {
      letGo?.();
      letGo = null;
      await vi.advanceTimersByTimeAsync(0);
    },
    breakThread: () => breakThread(),
  };
}

describe('a stream that is not begun', () => {
  it('ends after five seconds without start', async () => {
    const { socket, settled, done } = stream();
    await vi.advanceTimersByTimeAsync(5_000);
    await done;
    expect(socket.sent).toMatchObject([{ type: 'error', code: 'scan_timeout' }]);
    expect(settled).toMatchObject([{ outcome: 'aborted', framesReceived: 0 }]);
  });

  it('ends six seconds after ready without a frame', async () => {
    const { socket, start } = stream();
    start();
    await vi.advanceTimersByTimeAsync(5_900);
    expect(socket.sent).toEqual([{ type: 'ready', light: null }]);
    await vi.advanceTimersByTimeAsync(200);
    expect(socket.sent.at(-1)).toMatchObject({ type: 'error', code: 'scan_timeout' });
  });

  it('is told when no worker has room', async () => {
    const { socket, start } = stream({ full: true });
    start();
    expect(socket.sent).toMatchObject([{ type: 'error', code: 'scans_at_capacity' }]);
  });
});

describe('a stream that goes on', () => {
  it('asks for a decision when the terminal falls silent', async () => {
    const { socket, start, frame, answer, settled } = stream();
    start();
    frame();
    await answer();
    await vi.advanceTimersByTimeAsync(3_100);
    expect(socket.sent.at(-1)).toMatchObject({ type: 'decision', outcome: 'undecided' });
    expect(settled).toMatchObject([{ outcome: 'undecided', framesReceived: 1 }]);
    expect(socket.closedWith).toBe(1000);
  });

  it('asks for a decision four seconds after the first frame', async () => {
    const { socket, start, frame, answer } = stream();
    start();
    for (let second = 0; second < 5; second += 1) {
      frame();
      await answer();
      await vi.advanceTimersByTimeAsync(900);
    }
    expect(socket.sent.at(-1)).toMatchObject({ type: 'decision', outcome: 'undecided' });
  });

  it('passes over the oldest frames while the worker is busy, and looks at the rest before it ends', async () => {
    const { socket, start, frame, answer, judged } = stream();
    start();
    for (let i = 0; i < 9; i += 1) frame();
    socket.emit('message', Buffer.from('{"type":"end"}'), false);
    for (let i = 0; i < 6; i += 1) await answer();
    const sequences = judged.map((bytes) => new DataView(bytes.buffer).getUint32(8, true));
    expect(sequences).toEqual([0, 5, 6, 7, 8]);
    expect(socket.sent.at(-1)).toMatchObject({ type: 'decision' });
  });
});

describe('a stream whose server fails', () => {
  it('is told at once when its worker dies', async () => {
    const { socket, start, frame, breakThread, settled, done, seat } = stream();
    start();
    frame();
    breakThread();
    await done;
    expect(socket.sent.at(-1)).toMatchObject({ type: 'error', code: 'scan_worker_failed' });
    expect(settled).toMatchObject([{ outcome: 'aborted', reasons: [{ code: 'scan_worker_failed' }] }]);
    expect(seat.close).toHaveBeenCalledOnce();
  });

  it('gets no decision that could not be stored', async () => {
    const { socket, start, frame, answer, settled } = stream({ storing: 'fails' });
    start();
    frame();
    socket.emit('message', Buffer.from('{"type":"end"}'), false);
    await answer();
    expect(socket.sent.at(-1)).toMatchObject({ type: 'error', code: 'internal_error' });
    expect(settled).toMatchObject([{ outcome: 'aborted' }]);
  });
});
