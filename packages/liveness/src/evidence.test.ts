import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkpointAt,
  evidenceOf,
  FUSED_CUE_NAMES,
  FUSED_CUES,
  FUSION_CALIBRATION,
  softAndNats,
  thresholdNats,
} from './evidence.ts';
import { type ScanCues, scanCues } from './scan-cues.ts';

const nothing: ScanCues = scanCues([], null);

describe('evidence', () => {
  it('of nothing measured is nothing', () => {
    for (const checkpoint of FUSION_CALIBRATION.checkpoints) expect(evidenceOf(nothing, checkpoint)).toEqual({});
  });

  it('never says more than a cue may, whatever was measured', () => {
    const wild = fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.constant(null));
    fc.assert(
      fc.property(wild, wild, wild, wild, (relief, offset, lesser, share) => {
        const cues: ScanCues = {
          ...nothing,
          noseReliefMm: relief,
          noseOffsetMm: offset,
          faceLesserPerM: lesser,
          bodyShare: share,
          holeShare: relief,
          behindShare: offset,
          texturePeakNepers: lesser,
        };
        for (const checkpoint of FUSION_CALIBRATION.checkpoints) {
          for (const [name, nats] of Object.entries(evidenceOf(cues, checkpoint))) {
            const { lowNats, highNats } = FUSED_CUES[name as keyof typeof FUSED_CUES];
            expect(nats).toBeGreaterThanOrEqual(lowNats);
            expect(nats).toBeLessThanOrEqual(highNats);
          }
        }
      }),
    );
  });

  it('needs more than one cue to accept: the threshold lies above what any may say', () => {
    for (const { acceptFromNats } of FUSION_CALIBRATION.checkpoints) {
      for (const name of FUSED_CUE_NAMES) expect(FUSED_CUES[name].highNats).toBeLessThan(acceptFromNats);
    }
  });

  it('is judged by the checkpoint that was reached', () => {
    expect(FUSION_CALIBRATION.checkpoints.map(({ atMs }) => atMs)).toEqual([350, 600, 900, 1_200]);
    const at = (spanMs: number) => checkpointAt(FUSION_CALIBRATION, spanMs).atMs;
    expect([0, 350, 599, 600, 1_000, 5_000].map(at)).toEqual([350, 350, 350, 600, 900, 1_200]);
  });

  it('shares an error budget between the checkpoints', () => {
    const { errorBudget, checkpoints } = FUSION_CALIBRATION;
    for (const { acceptFromNats, lightFromNats, refuseBelowNats } of checkpoints) {
      expect(acceptFromNats).toBeCloseTo(thresholdNats(checkpoints.length, errorBudget.acceptInstrument), 3);
      expect(lightFromNats).toBeCloseTo(thresholdNats(checkpoints.length, errorBudget.acceptWrongLight), 3);
      expect(refuseBelowNats).toBeCloseTo(-thresholdNats(checkpoints.length, errorBudget.refuseLive), 3);
    }
    const chanceOfAny = checkpoints.reduce((sum, { acceptFromNats }) => sum + Math.exp(-acceptFromNats), 0);
    expect(chanceOfAny).toBeLessThanOrEqual(errorBudget.acceptInstrument * 1.001);
  });

  it('of more life-like measures is never less', () => {
    for (const checkpoint of FUSION_CALIBRATION.checkpoints) {
      const nose = (noseReliefMm: number) =>
        evidenceOf({ ...nothing, noseReliefMm, noseOffsetMm: 2, faceLesserPerM: 7 }, checkpoint).nose ?? 0;
      expect(nose(26)).toBeGreaterThan(nose(8));
      const slope = (value: number) =>
        evidenceOf({ ...nothing, lightShape: { slope: value, slopeError: 0.1, spread: 0.17, cells: 100 } }, checkpoint)
          .lightShape ?? 0;
      expect(slope(0.95)).toBeGreaterThan(slope(0.05));
      expect(slope(0.05)).toBeLessThan(0);
    }
  });
});

describe('match and liveness together', () => {
  const sigma = (nats: number) => 1 / (1 + Math.exp(-nats));
  const nats = fc.double({ min: -30, max: 30, noNaN: true });

  it('are the log-odds of both, never more than either', () => {
    fc.assert(
      fc.property(nats, nats, (a, b) => {
        const both = softAndNats(a, b);
        expect(both).toBeLessThanOrEqual(Math.min(a, b) + 1e-9);
        expect(both).toBeCloseTo(softAndNats(b, a), 9);
        expect(sigma(both)).toBeCloseTo(sigma(a) * sigma(b), 9);
      }),
    );
  });

  it('give a perfect replay nothing for its perfect match', () => {
    expect(softAndNats(-4, 1e6)).toBeCloseTo(-4, 6);
    expect(softAndNats(-4, Number.POSITIVE_INFINITY)).toBeCloseTo(-4, 6);
    expect(softAndNats(1e6, 1e6)).toBeGreaterThan(1e5);
  });
});
