import { FrameVerifier, isNoteMessage } from '@smile/camera';
import { NO_LIGHT_REASONS, type ScanEvent, type ScanFindings } from '@smile/contract';
import type { Logger } from 'pino';
import { z } from 'zod';
import { STREAM_ERRORS, type StreamErrorCode } from './errors.ts';
import { wipeTemplate } from './judge/template.ts';
import type { JudgeFindings, ScanVerdict } from './judge/types.ts';
import { cameraKey, expectedLatency, LATE_WARNING_MS, LightWatch } from './light.ts';
import type { ScanMetrics } from './metrics.ts';
import { type KeptEvidence, type LightEvidence, SCAN_LIMITS, type ScanCamera, TEST_CAMERA_KINDS } from './model.ts';
import type { OpenedScan, ScansService } from './service.ts';
import type { ScanSeat, ScanWorkerPool } from './workers/worker-pool.ts';

/** What the stream needs of a WebSocket (`ws`). */
export type StreamSocket = {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close' | 'error', listener: () => void): unknown;
  send(text: string): void;
  close(code: number, reason: string): void;
  terminate(): void;
  readonly readyState: number;
  readonly OPEN: number;
};

export type StreamTools = {
  readonly service: Pick<ScansService, 'settle'>;
  readonly workers: Pick<ScanWorkerPool, 'open'>;
  readonly metrics: ScanMetrics;
  readonly log: Logger;
  readonly modelVersion: string;
};

export type StreamTerminal = { readonly id: string; readonly testMode: boolean; readonly publicKey: string };

const StartMessageSchema = z.object({
  type: z.literal('start'),
  camera: z.object({
    kind: z.enum(['structured-light', 'stereo', 'time-of-flight', 'colour-only', 'simulated', 'recording']),
    model: z.string().max(80),
    serial: z.string().max(80).nullable(),
    driver: z.string().max(40),
  }),
  /** `shown`: the screen can take the challenge; else why not. A terminal that says nothing has no screen. */
  light: z.enum(['shown', ...NO_LIGHT_REASONS]).default('unsupported'),
});
type StartLight = z.infer<typeof StartMessageSchema>['light'];
const EndMessageSchema = z.object({ type: z.literal('end') });

const MAX_TEXT_BYTES = 2_048;
const START_WITHIN_MS = 5_000;
/**
 * Frames that wait for the worker, per scan; beyond it the oldest is passed over. A few, so that a busy moment does not
 * cost a short scan its evidence; not more, so that hints stay fresh.
 */
const MAX_WAITING_FRAMES = 4;
/** A camera may need a moment to warm up before its first frame. */
const FIRST_FRAME_WITHIN_MS = 6_000;
const IDLE_AFTER_MS = 3_000;
/** Frames of a moment may come at once after a pause of the network. */
const BURST_SECONDS = 1;
const CLOSE_NORMAL = 1000;
const CLOSE_POLICY = 1008;
const CLOSE_AFTER_MS = 1_000;

/**
 * One conversation with a terminal: `start`, then signed frames, `end` if it likes, and one decision back. Every frame
 * is checked in its chain as it comes; only as many are looked at as the worker keeps up with, the latest few. The
 * first thing that is wrong ends the stream with a code.
 */
export class ScanStream {
  readonly #tools: StreamTools;
  readonly #socket: StreamSocket;
  readonly #scan: OpenedScan;
  readonly #terminal: StreamTerminal;
  readonly #limits: (typeof SCAN_LIMITS)[keyof typeof SCAN_LIMITS];
  readonly #verifier: FrameVerifier;
  readonly #done = Promise.withResolvers<void>();
  #camera: ScanCamera | null = null;
  #seat: ScanSeat | null = null;
  #phase: 'starting' | 'streaming' | 'ending' | 'over' = 'starting';
  #timer: NodeJS.Timeout | null = null;
  #deadline: NodeJS.Timeout | null = null;
  #framesReceived = 0;
  #firstFrameAtMs = 0;
  #tokens: number;
  #tokensAtMs = 0;
  #chainLink: string | null = null;
  readonly #waiting: Uint8Array<ArrayBuffer>[] = [];
  #judging = false;
  #light: LightWatch | null = null;
  /** Why there is no light. */
  #withoutLight: 'off' | StartLight = 'off';

  /** Listens from the moment it is made. */
  constructor(tools: StreamTools, socket: StreamSocket, scan: OpenedScan, terminal: StreamTerminal) {
    this.#tools = tools;
    this.#socket = socket;
    this.#scan = scan;
    this.#terminal = terminal;
    this.#limits = SCAN_LIMITS[scan.purpose];
    this.#tokens = this.#limits.maxFramesPerSecond * BURST_SECONDS;
    this.#verifier = new FrameVerifier({ scanId: scan.id, nonce: scan.nonce, publicKey: terminal.publicKey });
    tools.metrics.open.inc();
    this.#expect(START_WITHIN_MS);
    socket.on('message', (data, isBinary) => (isBinary ? this.#onFrame(data) : this.#onText(data)));
    socket.on('close', () => this.#onGone());
    socket.on('error', () => this.#onGone());
  }

  /** Resolves when the stream is over and what came of it is stored. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Ends the stream from this side. */
  abort(code: StreamErrorCode): Promise<void> {
    void this.#fail(code);
    return this.done;
  }

  #onText(data: Buffer): void {
    if (this.#phase === 'over') return;
    const message = data.length <= MAX_TEXT_BYTES ? parseJson(data.toString('utf8')) : undefined;
    if (EndMessageSchema.safeParse(message).success) {
      if (this.#phase === 'starting') return void this.#fail('unexpected_message');
      // It may cross a decision that is on its way; then it says nothing new.
      this.#finish();
      return;
    }
    const start = StartMessageSchema.safeParse(message);
    if (!start.success) return void this.#fail('malformed_message');
    if (this.#phase !== 'starting') return void this.#fail('unexpected_message');
    this.#begin(start.data.camera, start.data.light);
  }

  #begin(camera: ScanCamera, light: StartLight): void {
    this.#camera = camera;
    if (TEST_CAMERA_KINDS.has(camera.kind) && !this.#terminal.testMode) return void this.#fail('test_camera_refused');
    const { id, purpose } = this.#scan;
    this.#seat = this.#tools.workers.open(id, purpose, () => void this.#fail('scan_worker_failed'));
    if (!this.#seat) return void this.#fail('scans_at_capacity');
    this.#phase = 'streaming';
    this.#expect(FIRST_FRAME_WITHIN_MS);
    const offered = this.#scan.light;
    this.#withoutLight = offered ? light : 'off';
    if (offered && light === 'shown') {
      this.#light = new LightWatch(offered.challenge, expectedLatency(offered.calibration, cameraKey(camera)));
    }
    const challenge = this.#light?.challenge;
    this.#send({ type: 'ready', light: challenge ? { ...challenge, slots: [...challenge.slots] } : null });
  }

  #onFrame(message: Buffer): void {
    // Frames that were under way when the scan ended are nobody's fault.
    if (this.#phase === 'over' || this.#phase === 'ending') return;
    if (this.#phase === 'starting') return void this.#fail('unexpected_message');
    if (message.length > this.#limits.maxFrameBytes) return void this.#fail('frame_too_large');
    const nowMs = performance.now();
    if (!this.#takeToken(nowMs)) return void this.#fail('too_many_frames');
    if (isNoteMessage(message)) {
      this.#onNote(message);
      return;
    }
    const verified = this.#verifier.verify(message);
    if (!verified.ok) return void this.#fail(verified.code, verified.message);
    this.#chainLink = Buffer.from(this.#verifier.link).toString('hex');
    this.#light?.sawFrame(verified.value.header.deviceTimeMs);
    this.#framesReceived += 1;
    if (this.#framesReceived === 1) {
      this.#firstFrameAtMs = nowMs;
      this.#deadline = setTimeout(() => this.#finish(), this.#limits.maxDurationMs);
    }
    this.#expect(IDLE_AFTER_MS);
    // A buffer of its own: this one is cut from the socket's, and the worker gets it handed over.
    this.#waiting.push(new Uint8Array(verified.value.frameBytes));
    if (this.#waiting.length > MAX_WAITING_FRAMES) {
      this.#waiting.shift();
      this.#tools.metrics.frames.inc({ fate: 'passed_over' });
    }
    void this.#judgeNext();
    if (this.#framesReceived >= this.#limits.maxFrames) this.#finish();
  }

  /** What the screen showed, in the same chain as the frames. */
  #onNote(message: Buffer): void {
    const verified = this.#verifier.verifyNote(message);
    if (!verified.ok) return void this.#fail(verified.code, verified.message);
    this.#chainLink = Buffer.from(this.#verifier.link).toString('hex');
    if (!this.#light) return void this.#fail('unexpected_message');
    const fault = this.#light.take(verified.value, this.#verifier.lastDeviceTimeMs);
    if (fault) void this.#fail(fault);
  }

  /** Token bucket: the frame rate on average, a burst after a pause. */
  #takeToken(nowMs: number): boolean {
    const { maxFramesPerSecond } = this.#limits;
    if (this.#tokensAtMs > 0) {
      const refill = ((nowMs - this.#tokensAtMs) / 1_000) * maxFramesPerSecond;
      this.#tokens = Math.min(maxFramesPerSecond * BURST_SECONDS, this.#tokens + refill);
    }
    this.#tokensAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** One frame at a time, the oldest of those that wait. */
  async #judgeNext(): Promise<void> {
    const seat = this.#seat;
    if (this.#judging || !seat || this.#phase === 'over') return;
    const bytes = this.#waiting.shift();
    if (!bytes) return;
    this.#judging = true;
    const answer = await seat.judge(bytes, this.#light?.schedule ?? null).catch(asFault);
    this.#judging = false;
    if (this.#isOver()) return;
    if (!answer.ok) return this.#fail(answer.code, answer.code === 'malformed_frame' ? answer.message : undefined);
    this.#tools.metrics.frames.inc({ fate: 'judged' });
    const { progress, verdict } = answer.judged;
    if (verdict) return this.#decide(verdict);
    this.#send({ type: 'progress', ...progress });
    if (this.#waiting.length > 0) return this.#judgeNext();
    if (this.#phase === 'ending') await this.#judgeEnd(seat);
  }

  /** No more frames: the last one is judged, then the worker is asked for its last word. */
  #finish(): void {
    if (this.#phase !== 'streaming') return;
    this.#phase = 'ending';
    this.#clearTimers();
    if (!this.#judging && this.#seat) void this.#judgeEnd(this.#seat);
  }

  async #judgeEnd(seat: ScanSeat): Promise<void> {
    const answer = await seat.end(this.#light?.schedule ?? null).catch(asFault);
    if (this.#isOver()) return;
    return answer.ok ? this.#decide(answer.verdict) : this.#fail(answer.code);
  }

  async #decide(verdict: ScanVerdict): Promise<void> {
    this.#phase = 'ending';
    this.#clearTimers();
    const evidence = this.#evidence(verdict.outcome, verdict.reasons, verdict);
    const stored = await this.#tools.service
      .settle(this.#scan.id, evidence, verdict.template)
      .catch((error: unknown) => {
        this.#tools.log.error({ err: error, scanId: this.#scan.id }, 'a decision could not be stored');
        return null;
      });
    if (verdict.template) wipeTemplate(verdict.template);
    if (this.#isOver()) return;
    if (!stored) return this.#fail('internal_error');
    if (!stored.ok) return this.#fail(stored.code === 'consent_withdrawn' ? 'consent_withdrawn' : 'scan_timeout');
    const { outcome, reasons, decisionMs } = evidence;
    const { purpose, id } = this.#scan;
    this.#tools.metrics.outcomes.inc({ purpose, outcome });
    if (purpose !== 'lab') this.#watchLight(evidence.light);
    this.#tools.metrics.decisionSeconds.observe({ purpose, outcome }, decisionMs / 1_000);
    this.#tools.log.info(
      {
        scanId: id,
        purpose,
        outcome,
        reasons: reasons.map(({ code }) => code),
        decisionMs: Math.round(decisionMs),
        framesReceived: evidence.framesReceived,
        framesJudged: evidence.framesJudged,
        light: evidence.light?.state,
        colourLock: evidence.light?.colourLock ?? undefined,
        lightFault: evidence.light?.fault ?? undefined,
        lightLatenessMs: evidence.light?.answer?.latenessMs,
      },
      'scan decided',
    );
    const findings = verdict.findings && this.#findings(verdict.findings, evidence);
    this.#send({ type: 'decision', outcome, reasons: [...reasons], decisionMs, ...(findings ? { findings } : {}) });
    this.#end(CLOSE_NORMAL, 'decided');
    this.#done.resolve();
  }

  #findings(judged: JudgeFindings, evidence: KeptEvidence): ScanFindings {
    const { livenessNats, framesReceived, framesJudged, framesUsed, light } = evidence;
    return {
      ...judged,
      livenessNats,
      framesReceived,
      framesJudged,
      framesUsed,
      colourLock: light?.colourLock ?? null,
      light: light?.state ?? 'off',
    };
  }

  /** A terminal whose light comes late again and again wants somebody to look at its screen or camera. */
  #watchLight({ state, answer }: LightEvidence = { state: 'off' }): void {
    const { metrics, log } = this.#tools;
    metrics.light.inc({ state });
    if (!answer) return;
    metrics.lightLatenessSeconds.observe(answer.latenessMs / 1_000);
    if (this.#light?.knowsLatency && Math.abs(answer.latenessMs) >= LATE_WARNING_MS) {
      log.warn({ terminalId: this.#terminal.id, latenessMs: answer.latenessMs }, 'light was answered late or early');
    }
  }

  async #fail(code: StreamErrorCode, message: string = STREAM_ERRORS[code]): Promise<void> {
    if (this.#phase === 'over') return;
    this.#tools.metrics.errors.inc({ code });
    this.#tools.log.warn({ scanId: this.#scan.id, terminalId: this.#terminal.id, reason: code }, 'scan stream refused');
    this.#send({ type: 'error', code, message });
    this.#end(CLOSE_POLICY, code);
    await this.#settleAborted(code, message);
  }

  /** The terminal went away. */
  #onGone(): void {
    if (this.#phase === 'over') return;
    this.#end(CLOSE_NORMAL, 'gone');
    void this.#settleAborted('connection_lost', 'The terminal went away before a decision.');
  }

  async #settleAborted(code: string, message: string): Promise<void> {
    this.#tools.metrics.outcomes.inc({ purpose: this.#scan.purpose, outcome: 'aborted' });
    const evidence = this.#evidence('aborted', [{ code, message }], null);
    await this.#tools.service.settle(this.#scan.id, evidence, null).catch((error: unknown) => {
      this.#tools.log.error({ err: error, scanId: this.#scan.id }, 'an aborted scan could not be stored');
    });
    this.#done.resolve();
  }

  #evidence(
    outcome: KeptEvidence['outcome'],
    reasons: KeptEvidence['reasons'],
    verdict: ScanVerdict | null,
  ): KeptEvidence {
    return {
      outcome,
      reasons,
      livenessNats: verdict?.livenessNats ?? null,
      cameraKind: verdict?.depthUsed ? '3d' : '2d',
      camera: this.#camera,
      simulated: this.#camera !== null && TEST_CAMERA_KINDS.has(this.#camera.kind),
      framesReceived: this.#framesReceived,
      framesJudged: verdict?.framesJudged ?? 0,
      framesUsed: verdict?.framesUsed ?? 0,
      decisionMs: this.#firstFrameAtMs > 0 ? performance.now() - this.#firstFrameAtMs : 0,
      chainLink: this.#chainLink,
      modelVersion: this.#tools.modelVersion,
      light: this.#lightEvidence(verdict),
    };
  }

  #lightEvidence(verdict: ScanVerdict | null): LightEvidence {
    const watch = this.#light;
    if (!watch) return { state: this.#withoutLight };
    const { latencyMs, leadAfterFirstFrameMs, colourLock } = watch;
    const missed = verdict?.lightMissed === true && watch.state === 'shown';
    const [state, fault] = missed ? (['faulty', 'too_few_frames'] as const) : [watch.state, watch.fault];
    return {
      state,
      slots: watch.challenge.slots,
      fault,
      latencyMs,
      leadAfterFirstFrameMs,
      colourLock,
      answer: verdict?.light ?? null,
    };
  }

  #end(closeCode: number, reason: string): void {
    this.#phase = 'over';
    this.#clearTimers();
    this.#waiting.length = 0;
    this.#seat?.close();
    this.#seat = null;
    this.#tools.metrics.open.dec();
    this.#socket.close(closeCode, reason);
    // A peer that does not answer the closing handshake is cut off.
    setTimeout(() => this.#socket.terminate(), CLOSE_AFTER_MS).unref();
  }

  #isOver(): boolean {
    return this.#phase === 'over';
  }

  #expect(withinMs: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // A terminal that fell silent after its frames has said what it had to say.
      if (this.#framesReceived > 0) this.#finish();
      else void this.#fail('scan_timeout');
    }, withinMs);
  }

  #clearTimers(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#deadline) clearTimeout(this.#deadline);
  }

  #send(event: ScanEvent): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(event));
  }
}

function asFault(): { readonly ok: false; readonly code: 'scan_worker_failed'; readonly message: string } {
  return { ok: false, code: 'scan_worker_failed', message: STREAM_ERRORS.scan_worker_failed };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
