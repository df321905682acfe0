import type { ColourLock, ScanGrant } from '@smile/contract';
import type { LightState } from './light.ts';

/** A scan of the attack lab is judged like a payment's. It belongs to no payment and to nobody, and cannot be taken. */
export const SCAN_PURPOSES = ['payment', 'enrolment', 'lab'] as const;
export type ScanPurpose = (typeof SCAN_PURPOSES)[number];

/**
 * `created` has a nonce and waits for its stream; `streaming` is being looked at; then one of the outcomes. Only a
 * `live` scan goes further: a payment takes its template, or an enrolment stores it (`consumed`), or nobody comes in
 * time (`expired`). One of the attack lab is `consumed` as soon as it is live: there is nothing to take.
 */
export const SCAN_STATES = [
  'created',
  'streaming',
  'live',
  'attack',
  'undecided',
  'no_face',
  'aborted',
  'consumed',
  'expired',
] as const;
export type ScanState = (typeof SCAN_STATES)[number];

export const SCAN_MOVES: Readonly<Record<ScanState, readonly ScanState[]>> = {
  created: ['streaming', 'expired'],
  streaming: ['live', 'attack', 'undecided', 'no_face', 'aborted'],
  live: ['consumed', 'expired'],
  attack: [],
  undecided: [],
  no_face: [],
  aborted: [],
  consumed: [],
  expired: [],
};

/** The states from which `to` may be reached, for the WHERE of the statement that moves a scan there. */
export function statesBefore(to: ScanState): ScanState[] {
  return SCAN_STATES.filter((from) => SCAN_MOVES[from].includes(to));
}

/** How long a stream may wait to be opened after its nonce was given out. */
export const OPEN_WITHIN_MS = 10_000;
/** How long a live scan may wait for the phone number to be typed. */
export const PROBE_LIFETIME_MS = 120_000;

/**
 * What a terminal may send. An enrolment asks for several poses: its frames are taken more slowly and for longer, so
 * that half a minute of a slow guest fits.
 */
const PAYMENT_LIMITS = { maxFrames: 60, maxFrameBytes: 400_000, maxFramesPerSecond: 30, maxDurationMs: 4_000 };
export const SCAN_LIMITS: Readonly<Record<ScanPurpose, ScanGrant['limits']>> = {
  payment: PAYMENT_LIMITS,
  lab: PAYMENT_LIMITS,
  enrolment: { maxFrames: 450, maxFrameBytes: 400_000, maxFramesPerSecond: 20, maxDurationMs: 30_000 },
};

/** The camera as its terminal names it in the first message. */
export type ScanCamera = {
  readonly kind: string;
  readonly model: string;
  readonly serial: string | null;
  readonly driver: string;
};

/** Cameras that show what somebody made up: refused outside test mode. */
export const TEST_CAMERA_KINDS: ReadonlySet<string> = new Set(['simulated', 'recording']);

/** Kept with a scan for good: numbers, words and hashes, nothing to rebuild a face from. */
export type KeptEvidence = {
  readonly outcome: 'live' | 'attack' | 'undecided' | 'no_face' | 'aborted';
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  /** Sum of the log-likelihood ratios of the liveness cues; null when nothing could be measured. */
  readonly livenessNats: number | null;
  readonly cameraKind: '3d' | '2d';
  readonly camera: ScanCamera | null;
  readonly simulated: boolean;
  readonly framesReceived: number;
  readonly framesJudged: number;
  readonly framesUsed: number;
  /** From the first frame to the decision. */
  readonly decisionMs: number;
  /** The last link of the frame chain, in hex: the terminal's signature over all frames hangs on it. */
  readonly chainLink: string | null;
  readonly modelVersion: string;
  /** Missing in scans of before there was light. */
  readonly light?: LightEvidence;
};

/** What the light challenge came to: numbers only. Evidence of scans before there was light has none. */
export type LightEvidence = {
  readonly state: LightState;
  /** The code that was asked for, and what was wrong with its showing. */
  readonly slots?: readonly string[];
  readonly fault?: string | null;
  readonly latencyMs?: number;
  /** Whether the camera held exposure and white balance meanwhile: where not, its own automatics may have removed the light. */
  readonly colourLock?: ColourLock | null;
  readonly leadAfterFirstFrameMs?: number | null;
  /** What the skin answered; null where nothing could be read. */
  readonly answer?: LightAnswer | null;
};

export type LightAnswer = {
  readonly nats: number;
  readonly explainedShare: number;
  readonly gain: number;
  readonly latenessMs: number;
  readonly slotsSeen: number;
  /** Of brightening against what the depth predicts: 1 for a face, about 0 for a picture. */
  readonly slope: number | null;
};
