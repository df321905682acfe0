import { lightChallenge } from '@smile/liveness';
import { describe, expect, it } from 'vitest';
import { DeviceClock, LightPause, LightReporter, lightForPage } from './light-report.ts';

const CHALLENGE = lightChallenge(['amber', 'teal', 'rose', 'lime', 'violet']);

/** Three frames in a row, the last of them stamped so on its arrival: enough to tell the camera's clock. */
function sees(clock: DeviceClock, deviceTimeMs: number, arrivedAtMs: number): void {
  for (const agoMs of [132, 66, 0]) clock.sawFrame(deviceTimeMs - agoMs, arrivedAtMs - agoMs);
}

function reporter(clock = new DeviceClock()) {
  const notes: { shown: unknown; deviceTimeMs: number }[] = [];
  const colours: unknown[] = [];
  let nowMs = 10_000;
  const light = new LightReporter({
    challenge: CHALLENGE,
    clock,
    signer: { signNote: (bytes) => bytes },
    send: (message) => notes.push(JSON.parse(Buffer.from(message).toString())),
    onColour: (colour, sinceUnixMs) => colours.push([colour, sinceUnixMs - 1_700_000_000_000]),
    now: () => nowMs,
    unixNow: () => 1_700_000_000_000 + nowMs,
  });
  return {
    light,
    clock,
    notes,
    colours,
    at: (ms: number) => {
      nowMs = ms;
    },
  };
}

describe('the clock of the camera', () => {
  it('is found by the frame that was quickest here', () => {
    const clock = new DeviceClock();
    expect(clock.deviceTimeMs(10_000)).toBeNull();
    clock.sawFrame(500, 9_530);
    clock.sawFrame(566, 9_580);
    // One frame may have been late; three tell more.
    expect(clock.deviceTimeMs(10_000)).toBeNull();
    clock.sawFrame(633, 9_700);
    expect(clock.deviceTimeMs(10_000)).toBe(10_000 - (9_580 - 566));
  });
});

describe('what the page has painted', () => {
  it('waits for the first frames and then goes out in order, on the camera’s clock', () => {
    const { light, clock, notes, at } = reporter();
    light.painted({ type: 'painted', shown: 'lead', agoMs: 300 });
    at(10_050);
    light.painted({ type: 'painted', shown: 0, agoMs: 5 });
    expect(notes).toEqual([]);
    sees(clock, 1_000, 10_000);
    light.flush();
    expect(notes).toMatchObject([
      { shown: 'lead', deviceTimeMs: 700 },
      { shown: 0, deviceTimeMs: 1_045 },
    ]);
  });

  it('is passed on once and in its order; a page that stammers is not listened to', () => {
    const { light, clock, notes, colours } = reporter();
    sees(clock, 200, 9_200);
    const shown = ['lead', 'lead', 1, 0, 1, 2, 3, 4, 'end', 'end', 0] as const;
    for (const step of shown) light.painted({ type: 'painted', shown: step, agoMs: 0 });
    expect(notes.map((note) => note.shown)).toEqual(['lead', 0, 1, 2, 3, 4, 'end']);
    expect(colours).toHaveLength(7);
  });

  it('knows how long the page’s message was under way, where both have one clock', () => {
    const { light, clock, notes, colours } = reporter();
    sees(clock, 1_000, 10_000);
    light.painted({ type: 'painted', shown: 'lead', agoMs: 100, sentAtUnixMs: 1_700_000_009_960 });
    // A clock that is an hour off says nothing of the way.
    light.painted({ type: 'painted', shown: 0, agoMs: 20, sentAtUnixMs: 1_700_003_600_000 });
    expect(notes).toMatchObject([
      { shown: 'lead', deviceTimeMs: 860 },
      { shown: 0, deviceTimeMs: 980 },
    ]);
    expect(colours.map((seen) => (seen as [unknown, number])[1])).toEqual([9_860, 9_980]);
  });

  it('was told to it in the page’s own terms', () => {
    expect(lightForPage(CHALLENGE)).toMatchObject({ type: 'light', rest: '#9b9b9b', slotMs: 200, leadMs: 200 });
    expect(lightForPage(CHALLENGE).slots).toHaveLength(5);
  });

  it('comes a second after the last challenge at the earliest', () => {
    const pause = new LightPause();
    expect(pause.leftMs(500)).toBe(0);
    pause.ended(1_000);
    expect(pause.leftMs(1_300)).toBe(700);
    expect(lightForPage(CHALLENGE, pause.leftMs(1_300))).toMatchObject({ pauseMs: 700 });
    expect(pause.leftMs(2_000)).toBe(0);
  });
});
