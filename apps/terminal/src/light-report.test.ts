import { lightChallenge } from '@smile/liveness';
import { describe, expect, it } from 'vitest';
import { DeviceClock, LightPause, LightReporter, lightForPage } from './light-report.ts';

const CHALLENGE = lightChallenge(['amber', 'teal', 'rose', 'lime', 'violet']);

function reporter(clock = new DeviceClock()) {
  const notes: { shown: unknown; deviceTimeMs: number }[] = [];
  const colours: unknown[] = [];
  let nowMs = 10_000;
  const light = new LightReporter({
    challenge: CHALLENGE,
    clock,
    signer: { signNote: (bytes) => bytes },
    send: (message) => notes.push(JSON.parse(Buffer.from(message).toString())),
    onColour: (colour) => colours.push(colour),
    now: () => nowMs,
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
    clock.sawFrame(633, 9_700);
    expect(clock.deviceTimeMs(10_000)).toBe(10_000 - (9_580 - 566));
  });
});

describe('what the page has painted', () => {
  it('waits for the first frame and then goes out in order, on the camera’s clock', () => {
    const { light, clock, notes, at } = reporter();
    light.painted({ type: 'painted', shown: 'lead', agoMs: 300 });
    at(10_050);
    light.painted({ type: 'painted', shown: 0, agoMs: 5 });
    expect(notes).toEqual([]);
    clock.sawFrame(1_000, 10_000);
    light.flush();
    expect(notes).toMatchObject([
      { shown: 'lead', deviceTimeMs: 700 },
      { shown: 0, deviceTimeMs: 1_045 },
    ]);
  });

  it('is passed on once and in its order; a page that stammers is not listened to', () => {
    const { light, clock, notes, colours } = reporter();
    clock.sawFrame(0, 9_000);
    const shown = ['lead', 'lead', 1, 0, 1, 2, 3, 4, 'end', 'end', 0] as const;
    for (const step of shown) light.painted({ type: 'painted', shown: step, agoMs: 0 });
    expect(notes.map((note) => note.shown)).toEqual(['lead', 0, 1, 2, 3, 4, 'end']);
    expect(colours).toHaveLength(7);
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
