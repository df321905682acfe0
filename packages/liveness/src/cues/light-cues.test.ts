import { describe, expect, it } from 'vitest';
import {
  bent,
  depthScene,
  egg,
  FRAME_INTERVAL_MS,
  faceOn,
  flat,
  head,
  lit,
  type SceneLight,
  type SceneOptions,
  type Surface,
} from '../../test/scenes.ts';
import { lightChallenge } from '../light/challenge.ts';
import { LIGHT_PALETTE, type LinearRgb } from '../light/palette.ts';
import { frameLight, idealSchedule, type LightSchedule, lightColour } from '../light/schedule.ts';
import { observeFrame } from '../observe.ts';
import { scanCues, type UsableFrameCues } from '../scan-cues.ts';
import { DEFAULT_SCREEN, screenIrradiance } from './light-shape.ts';

const SHOWN = lightChallenge(['teal', 'rose', 'lime', 'violet', 'amber']);
const OTHER = lightChallenge(['amber', 'lime', 'violet', 'teal', 'rose']);
const GREY_ROOM: LinearRgb = [0.8, 0.8, 0.8];

type Filming = {
  readonly surface: Surface;
  readonly depthOf?: Surface;
  readonly light?: Partial<SceneLight>;
  /** The code that lights the scene; null: the screen stays grey. */
  readonly shows?: LightSchedule | null;
  readonly options?: SceneOptions;
};

const START_MS = 900;
const SCHEDULE = idealSchedule(SHOWN, START_MS, { latencyMs: 30, exposureMs: 20 });

/** Frames every 120 ms under the light of a schedule. */
function film({ surface, depthOf = surface, light = {}, shows = SCHEDULE, options = {} }: Filming, count = 10) {
  const frames: UsableFrameCues[] = [];
  const still = depthScene(depthOf, options);
  for (let sequence = 0; sequence < count; sequence += 1) {
    const scene = { ...options, sequence };
    // One depth picture for all: it is the light that is tested here.
    const frame = { ...still, sequence, deviceTimeMs: still.deviceTimeMs + sequence * FRAME_INTERVAL_MS };
    const falling = shows && frameLight(shows, frame.deviceTimeMs);
    const screen = shows && falling ? lightColour(falling, shows.challenge.slots) : LIGHT_PALETTE.grey;
    const full = { room: GREY_ROOM, screenGain: 0.12, screen, ...light };
    const cues = observeFrame(lit(frame, surface, full, scene), faceOn(surface, scene));
    if (cues.usable) frames.push(cues);
  }
  return frames;
}

const living = film({ surface: head });

describe('the light code', () => {
  it('is read on a face in the colours that were shown', () => {
    const { lightCode } = scanCues(living, SCHEDULE);
    expect(lightCode!.nats).toBeGreaterThan(5);
    expect(lightCode!.explainedShare).toBeGreaterThan(0.9);
    expect(lightCode!.regionsAnswering).toBe(lightCode!.regionsRead);
    expect(lightCode!.latenessMs).toBe(0);
    // 0.12 of screen on 0.8 + 0.04 of grey.
    expect(lightCode!.gain).toBeGreaterThan(0.1);
    expect(lightCode!.gain).toBeLessThan(0.2);
  });

  it('is not read in colours that were not: an old challenge', () => {
    const { lightCode } = scanCues(living, { ...SCHEDULE, challenge: OTHER });
    expect(lightCode!.nats).toBeLessThan(-1);
    expect(lightCode!.bestOtherShare).toBeGreaterThan(0.9);
  });

  it('is not read 100 ms late: a relay of our colours', () => {
    const { lightCode } = scanCues(living, { ...SCHEDULE, latencyMs: SCHEDULE.latencyMs - 100 });
    expect(lightCode!.nats).toBeLessThan(0);
    expect(lightCode!.latenessMs).toBeGreaterThan(50);
  });

  it('is looked for around a latency that is not known well, and says where it was', () => {
    const unsure = { ...SCHEDULE, latencyMs: SCHEDULE.latencyMs - 100, latencySearchMs: 130 };
    const { lightCode } = scanCues(living, unsure);
    expect(lightCode!.nats).toBeGreaterThan(5);
    expect(Math.abs(lightCode!.latenessMs - 100)).toBeLessThan(40);
    const elsewhere = { ...unsure, latencySearchMs: 20 };
    expect(scanCues(living, elsewhere).lightCode!.nats).toBeLessThan(2);
  });

  it('is read while the code still runs', () => {
    const until = 1_560;
    const running = { ...SCHEDULE, slotStartsMs: SCHEDULE.slotStartsMs.filter((ms) => ms < until), codeEndMs: null };
    const { lightCode } = scanCues(
      living.filter(({ deviceTimeMs }) => deviceTimeMs < until),
      running,
    );
    expect(lightCode!.slotsSeen).toBeLessThan(5);
    expect(lightCode!.nats).toBeGreaterThan(2);
  });

  it('is no evidence in too much other light, and where nothing answers', () => {
    const outdoors = film({ surface: head, light: { room: [2, 2, 2], screenGain: 0.0005 } });
    expect(scanCues(outdoors, SCHEDULE)).toMatchObject({ lightCode: null, lightShape: null });
    const recorded = film({ surface: head, shows: null });
    expect(scanCues(recorded, SCHEDULE)).toMatchObject({ lightCode: null, lightShape: null });
  });

  it('is no evidence with too few frames, or times that cannot be', () => {
    expect(scanCues(living.slice(0, 3), SCHEDULE).lightCode).toBeNull();
    const jumbled = { ...SCHEDULE, slotStartsMs: [...SCHEDULE.slotStartsMs].reverse() };
    expect(scanCues(living, jumbled).lightCode).toBeNull();
    expect(scanCues(living, null).lightCode).toBeNull();
  });

  it('is read in coloured rooms and on coloured skin', () => {
    const warm = film({ surface: head, light: { room: [0.9, 0.6, 0.3], screenGain: 0.08 } });
    expect(scanCues(warm, SCHEDULE).lightCode!.nats).toBeGreaterThan(4);
  });
});

describe('light and shape', () => {
  it('agree on a head and on an egg, to a slope of one', () => {
    for (const surface of [head, egg]) {
      const { lightShape } = scanCues(surface === head ? living : film({ surface }), SCHEDULE);
      expect(Math.abs(lightShape!.slope - 1)).toBeLessThan(0.3);
      expect(lightShape!.cells).toBeGreaterThan(40);
    }
  });

  it('do not agree where a filter tints the picture to the code', () => {
    const { lightCode, lightShape } = scanCues(film({ surface: head, light: { shaped: false } }), SCHEDULE);
    expect(lightCode!.nats).toBeGreaterThan(5);
    expect(Math.abs(lightShape!.slope)).toBeLessThan(0.2);
  });

  it('do not agree where a print is lit before the depth of somebody else', () => {
    const { lightShape } = scanCues(film({ surface: flat, depthOf: head }), SCHEDULE);
    expect(lightShape!.slope).toBeLessThan(0.6);
  });

  it('say nothing of a sheet: its shape alone gives too little difference', () => {
    for (const surface of [flat, bent(350)]) expect(scanCues(film({ surface }), SCHEDULE).lightShape).toBeNull();
  });

  it('rest on the cosine and the inverse square law', () => {
    const lamp = { widthMm: 1, heightMm: 1, centreXMm: 0, centreYMm: 0 };
    const facing = screenIrradiance(lamp, 0, 0, 500, 0, 0);
    expect(screenIrradiance(lamp, 0, 0, 1_000, 0, 0) / facing).toBeCloseTo(1 / 4, 6);
    // Turned by 60 degrees; turned away.
    expect(screenIrradiance(lamp, 0, 0, 500, Math.sqrt(3), 0) / facing).toBeCloseTo(1 / 2, 6);
    expect(screenIrradiance(DEFAULT_SCREEN, 0, 0, 500, 0, -50)).toBeLessThan(
      0.3 * screenIrradiance(DEFAULT_SCREEN, 0, 0, 500, 0, 0),
    );
    // A screen below lights what faces down more than what faces up.
    expect(screenIrradiance(DEFAULT_SCREEN, 0, 0, 500, 0, 0.5)).toBeGreaterThan(
      screenIrradiance(DEFAULT_SCREEN, 0, 0, 500, 0, -0.5),
    );
  });
});
