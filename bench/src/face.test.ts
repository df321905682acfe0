import { expect, it } from 'vitest';
import { runFaceBench } from './face.ts';

it('measures our work and Human on the same pictures', async () => {
  const report = await runFaceBench({ rounds: 1 });
  for (const timing of [...Object.values(report.stagesMs), ...Object.values(report.human)]) {
    expect(timing.median).toBeGreaterThan(0);
    expect(timing.p95).toBeGreaterThanOrEqual(timing.median);
  }
  expect(report.stagesMs.frame.median).toBeGreaterThan(report.stagesMs.detect.median);
  expect(Object.keys(report.models)).toEqual(['blazeface', 'facemesh', 'faceres']);
  // The ratio itself is for a quiet machine; that it is above 1 holds on any.
  expect(report.speedup).toBeGreaterThan(1);
}, 180_000);
