import type { LocalLight, LocalPainted } from '@smile/contract';
import { describe, expect, it } from 'vitest';
import { showLight } from './light-show.ts';

const LIGHT: LocalLight = {
  type: 'light',
  rest: '#9b9b9b',
  slots: ['#cf9000', '#00a4ea', '#cf9000'],
  slotMs: 200,
  leadMs: 200,
  tailMs: 200,
  pauseMs: 0,
};

/** A screen that paints every 16 ms, as long as wanted. */
function screen(restSinceMs = 0, light = LIGHT) {
  let nowMs = 0;
  const frames = new Map<number, (timeMs: number) => void>();
  let handles = 0;
  const painted: [atMs: number, colour: string | null][] = [];
  const reports: (LocalPainted & { atMs: number })[] = [];
  const end = showLight(light, restSinceMs, {
    paint: (colour) => painted.push([nowMs, colour]),
    report: (report) => reports.push({ ...report, atMs: nowMs }),
    requestFrame: (callback) => {
      handles += 1;
      frames.set(handles, callback);
      return handles;
    },
    cancelFrame: (handle) => frames.delete(handle),
    now: () => nowMs,
  });
  const run = (untilMs: number, everyMs = 16) => {
    for (; nowMs < untilMs; nowMs += everyMs) {
      const due = [...frames.values()];
      frames.clear();
      for (const callback of due) callback(nowMs);
    }
  };
  return { painted, reports, end, run };
}

describe('the light of a scan', () => {
  it('shows every colour once, for its time, and gives the page its look back', () => {
    const { painted, run } = screen();
    run(2_000);
    expect(painted.map(([, colour]) => colour)).toEqual([...LIGHT.slots, LIGHT.rest, null]);
    for (let i = 1; i < painted.length; i += 1) {
      const heldMs = painted[i][0] - painted[i - 1][0];
      expect(heldMs).toBeGreaterThanOrEqual(200);
      expect(heldMs).toBeLessThan(250);
    }
  });

  it('tells each paint in the frame after it', () => {
    const { painted, reports, run } = screen();
    run(2_000);
    expect(reports.map(({ shown }) => shown)).toEqual(['lead', 0, 1, 2, 'end']);
    for (const [index, { atMs, agoMs }] of reports.slice(1).entries()) {
      expect(atMs - agoMs).toBe(painted[index][0] + 16);
    }
  });

  it('begins at once where the rest colour has been there for long', () => {
    const { painted, reports, run } = screen(-5_000);
    run(400);
    expect(painted[0][0]).toBeLessThan(32);
    expect(reports[0]).toMatchObject({ shown: 'lead', agoMs: 1_000 });
  });

  it('keeps the pause since the last challenge, and says at once that the rest colour is there', () => {
    const { painted, reports, run } = screen(-5_000, { ...LIGHT, pauseMs: 700 });
    run(1_200);
    expect(reports[0]).toMatchObject({ shown: 'lead', atMs: 0 });
    expect(painted[0][0]).toBeGreaterThanOrEqual(700);
    expect(painted[0][0]).toBeLessThan(732);
  });

  it('never shortens a colour on a slow screen', () => {
    const { painted, run } = screen();
    run(4_000, 90);
    for (let i = 1; i < painted.length; i += 1) expect(painted[i][0] - painted[i - 1][0]).toBeGreaterThanOrEqual(200);
  });

  it('ends with the scan', () => {
    const { painted, reports, end, run } = screen();
    run(300);
    end();
    const before = reports.length;
    run(2_000);
    expect(painted.at(-1)?.[1]).toBeNull();
    expect(reports).toHaveLength(before);
  });
});
