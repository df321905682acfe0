import { expect, it } from 'vitest';
import { frameWith, type ScriptedFace, ScriptedReader } from '../testing/scripted-faces.ts';
import { FaceFinder, type FindResult } from './face-finder.ts';

const GUEST: ScriptedFace = { x: 0.5, y: 0.5, widthPx: 150 };
const FRAME_MS = 66;

/** Shows frame after frame; `looks` says after each whether the detector looked at it. */
function finderOf(options: { everyFrame?: boolean; frameMs?: number } = {}) {
  const reader = new ScriptedReader();
  const finder = new FaceFinder(reader);
  const looks: boolean[] = [];
  let timeMs = 1_000;
  return {
    looks,
    async show(...faces: ScriptedFace[]): Promise<FindResult> {
      timeMs += options.frameMs ?? FRAME_MS;
      const frame = frameWith({ faces, timeMs });
      reader.show(frame);
      const before = reader.detected;
      const found = await finder.find(frame, options);
      looks.push(reader.detected > before);
      return found;
    },
  };
}

const boxOf = (found: FindResult) => {
  if (found.kind !== 'one') throw new Error(`found ${found.kind}`);
  const { xPx, yPx, widthPx } = found.face.detection.box;
  return [xPx + widthPx / 2, yPx + widthPx / 2, widthPx].map(Math.round);
};

it('lets the detector look at every third frame of a guest who sways, and knows where the face is in all of them', async () => {
  const { show, looks } = finderOf();
  for (let i = 0; i < 7; i += 1) {
    const found = await show({ ...GUEST, x: 0.5 + 0.004 * i, widthPx: 150 + i });
    expect(boxOf(found)).toEqual([Math.round(320 + 2.56 * i), 240, 150 + i]);
    expect(found).toMatchObject({ isDetected: i % 3 === 0 });
  }
  expect(looks).toEqual([true, false, false, true, false, false, true]);
});

it('sees somebody who joins within 150 ms', async () => {
  const { show } = finderOf({ frameMs: 33 });
  await show(GUEST);
  const friend: ScriptedFace = { x: 0.78, y: 0.5, widthPx: 140 };
  const seen: string[] = [];
  for (let i = 0; i < 5; i += 1) seen.push((await show(GUEST, friend)).kind);
  expect(seen).toEqual(['one', 'one', 'one', 'one', 'ambiguous']);
});

it.each([
  ['jumps', { ...GUEST, x: 0.53 }],
  ['comes nearer at once', { ...GUEST, widthPx: 165 }],
  ['is another, elsewhere', { ...GUEST, x: 0.3 }],
])('looks at the same frame when the face %s', async (_, next) => {
  const { show, looks } = finderOf();
  await show(GUEST);
  expect(boxOf(await show(next))).toEqual([Math.round(640 * next.x), 240, next.widthPx]);
  expect(looks).toEqual([true, true]);
});

it('says at once that the guest has gone', async () => {
  const { show, looks } = finderOf();
  await show(GUEST);
  expect((await show()).kind).toBe('none');
  expect(looks).toEqual([true, true]);
});

it('looks at every frame when asked to, and where frames are far apart', async () => {
  for (const options of [{ everyFrame: true }, { frameMs: 160 }]) {
    const { show, looks } = finderOf(options);
    for (let i = 0; i < 3; i += 1) await show(GUEST);
    expect(looks).toEqual([true, true, true]);
  }
});
