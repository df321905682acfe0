import { expect, it } from 'vitest';
import { runLookalikeBench } from './lookalike.ts';

it('searches all people and finds those that comparing everybody finds', () => {
  const report = runLookalikeBench({ people: 2_000 });
  expect(report.found).toBeGreaterThan(50);
  expect(report.recall).toBeGreaterThan(0.98);
  expect(report.searchMs.median).toBeLessThan(report.exhaustiveMs.median);
});
