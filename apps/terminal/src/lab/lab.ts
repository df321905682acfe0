import { type CameraInfo, CaptureWriter } from '@smile/camera';
import type {
  LabAttempt,
  LabPresentation,
  LabSession,
  LabSessionState,
  LabSetup,
  NewLabAttemptSchema,
  NewLabSessionSchema,
  ScanEvent,
} from '@smile/contract';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { CameraHub } from '../camera-hub.ts';
import { bearer, type Platform } from '../platform.ts';
import type { ScanRunner, ScanWatch, StartedScan } from '../scan-runner.ts';
import { CONSENT } from './consent.ts';
import { FrameKeeper } from './frame-keeper.ts';
import { labReport } from './report.ts';
import type { SignIn } from './sign-ins.ts';
import type { LabStore } from './store.ts';

export type LabDependencies = {
  readonly hub: CameraHub;
  readonly scans: ScanRunner;
  readonly platform: () => Platform | null;
  readonly store: LabStore;
  readonly softwareVersion: string;
  readonly log: Logger;
  readonly now?: () => Date;
};

/** Something the operator can mend. */
export type LabFault = { readonly ok: false; readonly status: number; readonly code: string; readonly message: string };

const fault = (status: number, code: string, message: string): LabFault => ({ ok: false, status, code, message });
const NOT_PAIRED = fault(503, 'terminal_not_paired', 'this terminal is not paired');

/**
 * Tries what stands before the camera on the judge of payments, and keeps what it said. The terminal itself writes the
 * answers down as the server gives them: a page cannot leave one out.
 */
export class Lab {
  readonly #deps: LabDependencies;
  readonly #lastNumbers = new Map<string, number>();
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: LabDependencies) {
    this.#deps = deps;
  }

  /** What the server says of this operator and its judge. Rejects with an ApiError. */
  async setup(token: string): Promise<LabSetup | null> {
    const platform = this.#deps.platform();
    return platform ? platform.client.call('getLabSetup', { headers: bearer(token) }) : null;
  }

  async open(
    signIn: SignIn,
    wanted: z.output<typeof NewLabSessionSchema>,
  ): Promise<{ readonly ok: true; readonly session: LabSession } | LabFault> {
    const { hub, store, platform, softwareVersion } = this.#deps;
    const { info } = hub.state;
    if (!info) return fault(503, 'camera_unavailable', hub.state.message ?? 'the camera is not ready');
    if (wanted.consent !== null && !Object.values(CONSENT).includes(wanted.consent)) {
      return fault(400, 'consent_unknown', 'pictures are kept under the sentence of the lab only');
    }
    const setup = await this.setup(signIn.token);
    const terminalId = platform()?.terminalId;
    if (!setup || !terminalId) return NOT_PAIRED;
    const session = await store.create({
      ...wanted,
      createdAt: this.#now(),
      operatorId: setup.operatorId,
      terminalId,
      softwareVersion,
      judge: judgeOf(setup),
      camera: cameraOf(info),
      simulated: isSimulated(info),
    });
    return { ok: true, session };
  }

  /** Starts an attempt; the page has to open the scan's socket, as for any scan. */
  async attempt(
    signIn: SignIn,
    sessionId: string,
    wanted: z.output<typeof NewLabAttemptSchema>,
  ): Promise<(StartedScan & { readonly number?: number }) | LabFault> {
    const { hub, scans, store } = this.#deps;
    const session = await this.read(sessionId);
    const { info } = hub.state;
    if (!info) return fault(503, 'camera_unavailable', hub.state.message ?? 'the camera is not ready');
    if (JSON.stringify(cameraOf(info)) !== JSON.stringify(session.camera)) {
      return fault(409, 'camera_changed', 'this session was begun with another camera; begin a new one');
    }
    const setup = await this.setup(signIn.token);
    if (!setup) return NOT_PAIRED;
    const { modelVersion, lightChallenge } = session.judge;
    if (setup.modelVersion !== modelVersion || setup.lightChallenge !== lightChallenge) {
      return fault(
        409,
        'judge_changed',
        'the server’s judge is set up otherwise than when this session began; begin a new one',
      );
    }
    const number = Math.max(this.#lastNumbers.get(sessionId) ?? 0, ...session.attempts.map((one) => one.number)) + 1;
    this.#lastNumbers.set(sessionId, number);
    const capture = session.consent === null ? null : await store.capturePath(sessionId, number);
    const label = labelOf(sessionId, wanted.presentation);
    const keeper =
      capture && new FrameKeeper(() => CaptureWriter.create(capture.path, { camera: info, label }), this.#deps.log);
    let scanId = '';
    const watch: ScanWatch = {
      onFrame: keeper ? (frame) => keeper.keep(frame) : undefined,
      onEnd: (event) => {
        const outcome = outcomeOf(event);
        this.#write(async () => {
          const frames = (await keeper?.close()) ?? 0;
          await store.addAttempt(sessionId, {
            number,
            at: this.#now(),
            scanId,
            presentation: wanted.presentation,
            ...outcome,
            capture: capture && frames > 0 ? capture.name : null,
            voided: null,
          });
        });
      },
    };
    const started = await scans.start({ purpose: 'lab', operatorToken: signIn.token, light: wanted.light, watch });
    if (!started.ok) return started;
    scanId = started.scanId;
    return { ...started, number };
  }

  async voidAttempt(sessionId: string, number: number, reason: string): Promise<LabFault | null> {
    const session = await this.read(sessionId);
    const attempt = session.attempts.find((one) => one.number === number);
    if (!attempt) return fault(404, 'attempt_not_found', 'there is no such attempt');
    if (attempt.voided) return fault(409, 'attempt_voided', 'this attempt does not count already');
    await this.#deps.store.voidAttempt(sessionId, number, reason, this.#now());
    return null;
  }

  async deleteCaptures(sessionId: string): Promise<void> {
    await this.#writing;
    await this.#deps.store.deleteCaptures(sessionId, this.#now());
  }

  /** With everything that has been decided. Throws a LabStoreError. */
  async read(sessionId: string): Promise<LabSession> {
    await this.#writing;
    return this.#deps.store.read(sessionId);
  }

  async stateOf(sessionId: string): Promise<LabSessionState> {
    const session = await this.read(sessionId);
    return { session, report: labReport([session]) };
  }

  async list(): Promise<LabSession[]> {
    await this.#writing;
    return this.#deps.store.list();
  }

  #write(work: () => Promise<void>): void {
    this.#writing = this.#writing
      .then(work)
      .catch((error: unknown) =>
        this.#deps.log.error({ err: error }, 'an attempt of the lab could not be written down'),
      );
  }

  #now(): string {
    return (this.#deps.now?.() ?? new Date()).toISOString();
  }
}

export const judgeOf = ({ modelVersion, lightChallenge }: LabSetup) => ({ modelVersion, lightChallenge });

function cameraOf({ kind, model, driver, serial }: CameraInfo): LabSession['camera'] {
  return { kind, model, driver, serial };
}

function isSimulated({ kind }: CameraInfo): boolean {
  return kind === 'simulated' || kind === 'recording';
}

type Outcome = Pick<LabAttempt, 'outcome' | 'errorCode' | 'decisionMs' | 'reasons' | 'findings'>;

function outcomeOf(event: ScanEvent | null): Outcome {
  if (event?.type === 'decision') {
    const { outcome, decisionMs, reasons, findings = null } = event;
    return { outcome, errorCode: null, decisionMs, reasons, findings };
  }
  const errorCode = event?.type === 'error' ? event.code : 'page_left';
  return { outcome: 'aborted', errorCode, decisionMs: null, reasons: [], findings: null };
}

/** Of a capture file; what the session's own files say at greater length. */
function labelOf(sessionId: string, presentation: LabPresentation): string {
  const what =
    presentation.what === 'attack'
      ? `${presentation.kind} ${presentation.series}/${presentation.instrument}`
      : `genuine ${presentation.subject}`;
  return `${sessionId} ${what}`;
}
