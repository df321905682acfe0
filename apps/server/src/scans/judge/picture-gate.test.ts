import { FaceEngine } from '@smile/face';
import { bonaFide, captureFrames } from '@smile/simulator';
import { expect, it } from 'vitest';
import { PictureGate } from './picture-gate.ts';

/** A few of the varieties (docs/faces.md has the figures of more): beard, glasses, hat, skin dark and light. */
const PEOPLE = 8;

it('lets simulated people of every variety pay, and nearly all of them enrol at once', {
  timeout: 120_000,
}, async () => {
  const engine = await FaceEngine.create();
  const [refusedToPay, refusedToEnrol]: [string[], string[]] = [[], []];
  for (let seed = 100; seed < 100 + PEOPLE; seed++) {
    const { subject, capture, subgroups } = bonaFide(seed);
    const [{ colour }] = captureFrames({ subject, ...capture, seed, frames: 1 });
    const [face] = await engine.detect(colour);
    const quality = engine.quality(colour, face, await engine.mesh(colour, face));
    for (const [purpose, refused] of [
      ['payment', refusedToPay],
      ['enrolment', refusedToEnrol],
    ] as const) {
      const gate = new PictureGate(purpose);
      if (!gate.passes(quality, 0)) refused.push(`${subgroups.join(', ')}: ${gate.hint}`);
    }
  }
  await engine.close();
  expect(refusedToPay).toEqual([]);
  expect(refusedToEnrol.length, refusedToEnrol.join('; ')).toBeLessThanOrEqual(1);
});
