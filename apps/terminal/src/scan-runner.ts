import { type CameraInfo, encodeFrame, type Frame, FrameSigner } from '@smile/camera';
import {
  ApiError,
  type ColourLock,
  LocalPaintedSchema,
  type ScanEvent,
  ScanEventSchema,
  type ScanGrant,
  type ScanHint,
} from '@smile/contract';
import type { LinearRgb } from '@smile/liveness';
import type { Logger } from 'pino';
import type WebSocket from 'ws';
import type { CameraHub } from './camera-hub.ts';
import type { DeviceKey } from './device-key.ts';
import { DeviceClock, LightPause, LightReporter, lightForPage } from './light-report.ts';
import { bearer, type Platform } from './platform.ts';
import { jpegOf, previewTo } from './preview.ts';

/** How long the page may take to open its socket after it asked for a scan. */
const ATTACH_TIMEOUT_MS = 8_000;
/** A scan may outlive its own limit by this much while the decision travels. */
const DECISION_GRACE_MS = 4_000;
/** Frames are skipped, not queued, while this much is waiting in the socket. */
const MAX_BUFFERED_BYTES = 2 * 1024 * 1024;
/**
 * The camera's automatics are held shortly before the first colour and not at the beginning of the scan: a camera that has just
 * been started has to find its exposure under the resting screen first.
 */
const LOCK_AHEAD_MS = 60;
/** A server that does not answer the closing of its stream is left behind after this. */
const CLOSE_TIMEOUT_MS = 2_000;

export type ScanRequest =
  | { readonly purpose: 'payment'; readonly paymentId: string; readonly light?: boolean }
  | { readonly purpose: 'enrolment'; readonly personToken: string }
  | { readonly purpose: 'lab'; readonly operatorToken: string; readonly light?: boolean; readonly watch: ScanWatch };

/** Whoever started a scan beside the page and wants to know what came of it. */
export type ScanWatch = {
  readonly onFrame?: (frame: Frame) => void;
  /** Once, with the decision or the error; null when the page went away. */
  readonly onEnd: (event: ScanEvent | null) => void;
};

export type ScanRunnerDependencies = {
  readonly hub: CameraHub;
  readonly platform: () => Platform | null;
  readonly key: DeviceKey;
  readonly log: Logger;
  /** Told what the guest is being asked to do, so that a simulated guest can cooperate. */
  readonly onHint?: (hint: ScanHint | null) => void;
  /** Told what the screen shines on the guest and since when, so that a simulated scene can be lit by it; null for nothing special. */
  readonly onLight?: (colour: LinearRgb | null, sinceUnixMs: number) => void;
  /** False where the screen cannot show a light challenge (default true). */
  readonly light?: boolean;
};

export type StartedScan =
  | { readonly ok: true; readonly scanId: string; readonly light: boolean }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string };

type Waiting = { readonly grant: ScanGrant; readonly light: LightAnswer; readonly watch: ScanWatch | null };

/** What the server is told of the light. */
type LightAnswer = 'shown' | 'declined' | 'unsupported';

/** One scan at a time: asks the platform for a grant, streams signed frames up and relays events and preview. */
export class ScanRunner {
  readonly #deps: ScanRunnerDependencies;
  readonly #pause = new LightPause();
  #waiting: (Waiting & { readonly timer: NodeJS.Timeout }) | null = null;
  #running: { abort: (reason: string) => void } | null = null;

  constructor(deps: ScanRunnerDependencies) {
    this.#deps = deps;
  }

  async start(request: ScanRequest): Promise<StartedScan> {
    const { hub } = this.#deps;
    const platform = this.#deps.platform();
    if (!platform)
      return { ok: false, status: 503, code: 'terminal_not_paired', message: 'this terminal is not paired' };
    if (hub.state.state !== 'ready') {
      return {
        ok: false,
        status: 503,
        code: 'camera_unavailable',
        message: hub.state.message ?? 'the camera is not ready',
      };
    }
    // A guest's scan goes before: the lab waits for it, and gives way to it.
    if (request.purpose === 'lab' && (this.#running || this.#waiting)) {
      return { ok: false, status: 409, code: 'terminal_busy', message: 'another scan runs on this terminal' };
    }
    this.#running?.abort('replaced');
    this.#forgetWaiting();
    try {
      const grant = await askForGrant(platform, request);
      // Another scan may have been asked for meanwhile; the latest one counts.
      this.#forgetWaiting();
      const declined = request.purpose !== 'enrolment' && request.light === false;
      const light = this.#deps.light === false ? 'unsupported' : declined ? 'declined' : 'shown';
      const watch = request.purpose === 'lab' ? request.watch : null;
      this.#waiting = { grant, light, watch, timer: setTimeout(() => this.#forgetWaiting(), ATTACH_TIMEOUT_MS) };
      return { ok: true, scanId: grant.id, light: grant.light && light === 'shown' };
    } catch (error) {
      if (error instanceof ApiError) {
        return { ok: false, status: error.status || 502, code: error.code, message: error.message };
      }
      throw error;
    }
  }

  /** The page's socket for a started scan. Refused (closed) when that scan is not waiting. */
  attach(scanId: string, page: WebSocket): void {
    const platform = this.#deps.platform();
    if (this.#waiting?.grant.id !== scanId || !platform) {
      sendEvent(page, { type: 'error', code: 'scan_not_found', message: 'this scan is not waiting for a page' });
      page.close();
      return;
    }
    const waiting = this.#waiting;
    this.#forgetWaiting();
    this.#run(waiting, page, platform);
  }

  close(): void {
    this.#running?.abort('terminal is closing');
    this.#forgetWaiting();
  }

  #forgetWaiting(): void {
    if (this.#waiting) clearTimeout(this.#waiting.timer);
    this.#waiting = null;
  }

  #run({ grant, light: lightAnswer, watch }: Waiting, page: WebSocket, platform: Platform): void {
    const { hub, key, log, onHint, onLight } = this.#deps;
    const server = platform.openStream(grant.streamPath);
    const signer = new FrameSigner({ scanId: grant.id, nonce: grant.nonce, privateKey: key.privateKey });
    const minGapMs = 1000 / grant.limits.maxFramesPerSecond;
    let unsubscribe: (() => void) | null = null;
    let sequence = 0;
    let lastSentMs = Number.NEGATIVE_INFINITY;
    let encoding = false;
    let over = false;
    const clock = new DeviceClock();
    let light: LightReporter | null = null;
    // Until the camera has said that it holds them.
    let colourLock: ColourLock = 'free';
    let lockTimer: NodeJS.Timeout | null = null;

    const finish = (event: ScanEvent | null): void => {
      if (over) return;
      over = true;
      clearTimeout(deadline);
      unsubscribe?.();
      onHint?.(null);
      onLight?.(null, Date.now());
      if (lockTimer) clearTimeout(lockTimer);
      if (light) {
        this.#pause.ended(performance.now());
        void hub.lockColour(false);
      }
      watch?.onEnd(event);
      if (event) sendEvent(page, event);
      page.close();
      server.close();
      setTimeout(() => server.terminate(), CLOSE_TIMEOUT_MS).unref();
      if (this.#running === run) this.#running = null;
    };
    const run = { abort: (reason: string) => finish({ type: 'error', code: 'scan_aborted', message: reason }) };
    this.#running = run;
    const deadline = setTimeout(
      () => finish({ type: 'error', code: 'scan_timeout', message: 'no decision came in time' }),
      grant.limits.maxDurationMs + DECISION_GRACE_MS,
    );

    const cameraLost = (message: string): void => finish({ type: 'error', code: 'camera_unavailable', message });
    const preview = previewTo(page, log);
    const onFrame = (frame: Frame): void => {
      preview(frame);
      clock.sawFrame(frame.deviceTimeMs, performance.now());
      light?.flush();
      if (encoding || sequence >= grant.limits.maxFrames) return;
      if (frame.deviceTimeMs - lastSentMs < minGapMs || server.bufferedAmount > MAX_BUFFERED_BYTES) return;
      encoding = true;
      lastSentMs = frame.deviceTimeMs;
      encodeFrame({ ...frame, sequence }, { colourJpeg: jpegOf(frame) })
        .then((bytes) => {
          if (over) return;
          server.send(signer.sign(bytes));
          watch?.onFrame?.(frame);
          sequence += 1;
        })
        .catch((error: unknown) => {
          log.error({ err: error }, 'a frame could not be encoded');
          cameraLost('the camera delivered a frame that cannot be sent');
        })
        .finally(() => {
          encoding = false;
        });
    };

    server.on('open', () => {
      const info = hub.state.info;
      if (info) server.send(JSON.stringify({ type: 'start', camera: cameraOf(info), light: lightAnswer }));
    });
    server.on('message', (data, isBinary) => {
      // What was on its way when the page left must not start the camera again.
      if (over) return;
      const event = isBinary ? null : parseEvent(String(data));
      if (!event) return log.warn('the server sent something that is no scan event');
      if (event.type === 'ready') {
        if (event.light) {
          const { light: challenge } = event;
          const send = (message: Uint8Array) => server.send(message);
          const pauseMs = this.#pause.leftMs(performance.now());
          light ??= new LightReporter({
            challenge,
            clock,
            signer,
            send,
            onColour: onLight,
            colourLock: () => colourLock,
            onLead: (sinceMs) => {
              const leftMs = Math.max(challenge.leadMs - sinceMs, pauseMs) - LOCK_AHEAD_MS;
              lockTimer = setTimeout(
                () => {
                  void hub.lockColour(true).then((lock) => {
                    colourLock = lock;
                    if (over) void hub.lockColour(false);
                  });
                },
                Math.max(0, leftMs),
              );
            },
          });
          sendText(page, lightForPage(challenge, pauseMs));
        }
        unsubscribe ??= hub.subscribe(onFrame, cameraLost);
      }
      if (event.type === 'progress') onHint?.(event.hint);
      if (event.type === 'decision' || event.type === 'error') finish(event);
      else sendEvent(page, event);
    });
    server.on('error', (error) => log.warn({ err: error }, 'scan stream failed'));
    server.on('close', () =>
      finish({ type: 'error', code: 'network_error', message: 'the connection to the server was lost' }),
    );
    page.on('message', (data, isBinary) => {
      if (over || isBinary) return;
      const painted = LocalPaintedSchema.safeParse(parseJson(String(data)));
      if (painted.success) light?.painted(painted.data);
    });
    page.on('close', () => finish(null));
    page.on('error', () => finish(null));
  }
}

function askForGrant(platform: Platform, request: ScanRequest): Promise<ScanGrant> {
  switch (request.purpose) {
    case 'payment':
      return platform.client.call('createScan', { body: { purpose: 'payment', paymentId: request.paymentId } });
    case 'enrolment':
      return platform.client.call('createScan', {
        body: { purpose: 'enrolment' },
        headers: { 'smile-person': request.personToken },
      });
    case 'lab':
      return platform.client.call('createLabScan', { body: {}, headers: bearer(request.operatorToken) });
  }
}

function cameraOf(info: CameraInfo): Record<string, string | null> {
  return { kind: info.kind, model: info.model, serial: info.serial, driver: info.driver };
}

function parseEvent(text: string): ScanEvent | null {
  const parsed = ScanEventSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function sendEvent(socket: WebSocket, event: ScanEvent): void {
  sendText(socket, event);
}

function sendText(socket: WebSocket, message: unknown): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
}
