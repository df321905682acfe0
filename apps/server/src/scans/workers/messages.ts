import type { LightSchedule } from '@smile/liveness';
import type { JudgedFrame, ScanVerdict } from '../judge/types.ts';
import type { ScanPurpose } from '../model.ts';

/** Given to a worker thread when it starts. */
export type WorkerSettings = {
  readonly samePersonFrom: number;
  readonly cacheDir: string | undefined;
  readonly manifestPath?: string;
};

/** To the worker. Each is answered by one reply with its `id`. Frame bytes are transferred, not copied. */
export type WorkerCall =
  | { readonly id: number; readonly kind: 'open'; readonly scanId: string; readonly purpose: ScanPurpose }
  | {
      readonly id: number;
      readonly kind: 'frame';
      readonly scanId: string;
      readonly bytes: Uint8Array;
      readonly light: LightSchedule | null;
    }
  | { readonly id: number; readonly kind: 'end'; readonly scanId: string; readonly light: LightSchedule | null }
  | { readonly id: number; readonly kind: 'close'; readonly scanId: string }
  | { readonly id: number; readonly kind: 'usage' }
  /** Finish what is under way, let go of the models and end the thread. */
  | { readonly id: number; readonly kind: 'stop' };

export type WorkerUsage = {
  readonly openScans: number;
  /** Pictures held for templates over all scans. */
  readonly keptFrames: number;
};

export type WorkerAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'judged'; readonly judged: JudgedFrame }
  | { readonly kind: 'verdict'; readonly verdict: ScanVerdict }
  /** The bytes are no frame: `message` says why, for the log of the terminal. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'usage'; readonly usage: WorkerUsage };

export type WorkerReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: WorkerAnswer }
  /** The engine threw while it worked on this call: a fault of ours. */
  | { readonly kind: 'failed'; readonly id: number; readonly error: string };
