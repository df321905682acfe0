import type { ScanFindings, ScanHint } from '@smile/contract';
import type { FaceEngine } from '@smile/face';
import type { FaceFacts } from '../../faces/index.ts';
import type { LightAnswer } from '../model.ts';

/** The face of a scan: what is compared, and what each pose alone gave. Vectors are of unit length. */
export type ScanTemplate = {
  readonly mean: Float32Array;
  /** One for each pose, the front first. */
  readonly poses: readonly Float32Array[];
  readonly frameCount: number;
  readonly poseCount: number;
  /** The size of the face, where depth was measured. */
  readonly facts?: FaceFacts;
};

/** What the judge needs of a face engine; a test may bring its own. */
export type FaceReader = Pick<FaceEngine, 'detect' | 'mesh' | 'eyes' | 'quality' | 'embedRaw' | 'finishEmbedding'>;

export type ScanProgress = {
  readonly hint: ScanHint;
  readonly progress: number;
  /** 0..1 of the picture. */
  readonly face: { readonly x: number; readonly y: number; readonly width: number; readonly height: number } | null;
};

export type ScanReason = { readonly code: string; readonly message: string };

/** What the judge itself knows of a scan's findings. */
export type JudgeFindings = Pick<ScanFindings, 'evidence' | 'measured' | 'reasons'>;

export type ScanVerdict = {
  readonly outcome: 'live' | 'attack' | 'undecided' | 'no_face';
  readonly reasons: readonly ScanReason[];
  readonly livenessNats: number | null;
  /** Frames looked at, and those of them that liveness could use. */
  readonly framesJudged: number;
  readonly framesUsed: number;
  /** Whether measured depth took part. */
  readonly depthUsed: boolean;
  /** How the face answered the light, where it was asked to. */
  readonly light?: LightAnswer | null;
  /** The light was shown, but too few frames were looked at meanwhile: it took no part in the verdict. */
  readonly lightMissed?: boolean;
  /** There when, and only when, the outcome is `live` and the scan is not the attack lab's. */
  readonly template: ScanTemplate | null;
  /** For the attack lab only. */
  readonly findings?: JudgeFindings | null;
};

export type JudgedFrame = { readonly progress: ScanProgress; readonly verdict: ScanVerdict | null };
