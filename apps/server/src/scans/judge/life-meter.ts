import type { Frame } from '@smile/camera';
import {
  DEFAULT_LIVENESS_POLICY,
  decide,
  type FaceObservation,
  type LightSchedule,
  type LivenessDecision,
  type LivenessReason,
  LivenessSession,
} from '@smile/liveness';
import type { ScanReason } from './types.ts';

/** Collects evidence of life over the frames of one face. */
export type LifeMeter = {
  /**
   * `usable`: the frame could be measured. `attackAlone`: by itself it looks like an attack, so that it must not become
   * part of a template, whatever the frames around it say.
   */
  add(frame: Frame, face: FaceObservation): { readonly usable: boolean; readonly attackAlone: boolean };
  /** What the screen has shown of its code so far; null where it shows none. Said again as more becomes known. */
  showLight(schedule: LightSchedule | null): void;
  decide(): LifeDecision;
};

export type LifeDecision = Pick<LivenessDecision, 'outcome' | 'evidenceNats' | 'framesUsed'> & {
  readonly reasons: readonly (ScanReason & Partial<Pick<LivenessReason, 'value' | 'unit' | 'threshold'>>)[];
  readonly evidence?: LivenessDecision['evidence'];
  /** What the frames measured. */
  readonly cues?: Partial<LivenessDecision['cues']>;
};

const ALONE = { ...DEFAULT_LIVENESS_POLICY, minFrames: 1 };

export function createLifeMeter(): LifeMeter {
  const session = new LivenessSession();
  return {
    add(frame, face) {
      const cues = session.add(frame, face);
      return { usable: cues.usable, attackAlone: cues.usable && decide([cues], ALONE).outcome === 'attack' };
    },
    decide: () => session.decide(),
    showLight: (schedule) => session.showLight(schedule),
  };
}
