import type { LightNote } from '@smile/contract';
import { lightChallenge } from '@smile/liveness';
import { describe, expect, it } from 'vitest';
import { challengeOfScan, expectedLatency, LightWatch, nextLatencyMs } from './light.ts';

const CHALLENGE = lightChallenge(['amber', 'teal', 'rose', 'lime', 'violet']);

function watch() {
  const light = new LightWatch(CHALLENGE, { latencyMs: 40, searchMs: 30 });
  const note = (shown: LightNote['shown'], deviceTimeMs: number, frameTimeMs: number | null = deviceTimeMs) =>
    light.take(Buffer.from(JSON.stringify({ type: 'light', shown, deviceTimeMs, exposureMs: null })), frameTimeMs);
  return { light, note };
}

describe('a challenge', () => {
  it('is the nonce’s own: the same again for it, another for another', () => {
    expect(challengeOfScan('scn_1', 'a')).toEqual(challengeOfScan('scn_1', 'a'));
    const codes = new Set(Array.from({ length: 30 }, (_, i) => challengeOfScan('scn_1', `n${i}`).slots.join()));
    expect(codes.size).toBeGreaterThan(25);
  });
});

describe('what the screen showed', () => {
  it('is known as far as it was told', () => {
    const { light, note } = watch();
    expect(light.state).toBe('not_shown');
    expect(note('lead', 1_000)).toBeNull();
    expect(note(0, 1_210)).toBeNull();
    expect(note(1, 1_415)).toBeNull();
    expect(light.schedule).toMatchObject({ leadStartMs: 1_000, slotStartsMs: [1_210, 1_415], codeEndMs: null });
    expect(light.state).toBe('shown');
  });

  it('is worthless, but no offence, where a colour was held too briefly', () => {
    const { light, note } = watch();
    note('lead', 1_000);
    note(0, 1_210);
    expect(note(1, 1_300)).toBeNull();
    expect(light).toMatchObject({ state: 'faulty', fault: 'slot_too_short', schedule: null });
  });

  it('was seen by a camera that held its colours, unless one note says otherwise', () => {
    const { light } = watch();
    const told = (shown: LightNote['shown'], deviceTimeMs: number, colourLock?: LightNote['colourLock']) =>
      light.take(
        Buffer.from(JSON.stringify({ type: 'light', shown, deviceTimeMs, exposureMs: null, colourLock })),
        deviceTimeMs,
      );
    expect(told('lead', 1_000, null)).toBeNull();
    expect(light.colourLock).toBeNull();
    told(0, 1_210, 'locked');
    expect(light.colourLock).toBe('locked');
    told(1, 1_415, 'free');
    told(2, 1_620, 'locked');
    expect(light.colourLock).toBe('free');
    // A terminal of before there was such a thing says nothing.
    expect(told(3, 1_825)).toBeNull();
  });

  it('is waited for, and no longer than a second and a half', () => {
    const { light } = watch();
    light.sawFrame(5_000);
    // Until then a scan cannot be live: no frame falls into a schedule that begins never.
    expect(light.schedule?.leadStartMs).toBe(Number.MAX_SAFE_INTEGER);
    light.sawFrame(6_600);
    expect(light).toMatchObject({ state: 'not_shown', schedule: null });
  });

  it.each([
    ['no JSON', Buffer.from('light')],
    ['no UTF-8', Buffer.from([0xff, 0xfe])],
    ['another kind of note', Buffer.from('{"type":"sound"}')],
    ['a slot that no challenge has', Buffer.from('{"type":"light","shown":12,"deviceTimeMs":1,"exposureMs":null}')],
  ])('is not told by %s', (_, bytes) => {
    expect(watch().light.take(bytes, null)).toBe('light_report_malformed');
  });
});

describe('the latency of a terminal', () => {
  it('is looked for widely until five scans with the same camera have told it', () => {
    const wide = { latencyMs: 90, searchMs: 130 };
    expect(expectedLatency(null, 'a')).toEqual(wide);
    expect(expectedLatency({ latencyMs: 120, samples: 9, camera: 'b' }, 'a')).toEqual(wide);
    expect(expectedLatency({ latencyMs: 120, samples: 3, camera: 'a' }, 'a')).toEqual({
      latencyMs: 120,
      searchMs: 130,
    });
    expect(expectedLatency({ latencyMs: 120, samples: 5, camera: 'a' }, 'a')).toEqual({ latencyMs: 120, searchMs: 30 });
  });

  it('comes near what its scans show, and cannot be carried away by one of them', () => {
    // The first scans tell it: their mean.
    expect(nextLatencyMs(90, 0, 60)).toBe(150);
    expect(nextLatencyMs(150, 1, -20)).toBe(140);
    let latencyMs = 90;
    for (let samples = 0; samples < 40; samples += 1) latencyMs = nextLatencyMs(latencyMs, samples, 15 - latencyMs);
    expect(latencyMs).toBeCloseTo(15, 0);
    expect(nextLatencyMs(40, 9, 200)).toBe(50);
    expect(nextLatencyMs(215, 9, 200)).toBe(220);
  });
});
