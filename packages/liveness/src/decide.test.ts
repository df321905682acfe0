import type { Frame } from '@smile/camera';
import { describe, expect, it } from 'vitest';
import {
  bent,
  cone,
  crumpled,
  depthScene,
  egg,
  FRAME_INTERVAL_MS,
  faceOn,
  flat,
  folded,
  head,
  lit,
  person,
  relief,
  type SceneLight,
  type SceneOptions,
  type Surface,
  sCurve,
  scaled,
  sphere,
  tilted,
  worn,
} from '../test/scenes.ts';
import {
  DEFAULT_LIVENESS_POLICY,
  decide,
  type FaceObservation,
  frameLight,
  frameLooksLive,
  idealSchedule,
  type LightSchedule,
  LivenessSession,
  lightChallenge,
  lightColour,
  observeFrame,
} from './index.ts';

function scan(surface: Surface, options: SceneOptions = {}, frameCount = 4) {
  const session = new LivenessSession();
  for (let sequence = 0; sequence < frameCount; sequence += 1) {
    session.add(depthScene(surface, { ...options, sequence }), faceOn(surface, options));
  }
  return session.decide();
}

describe('a scan', () => {
  it.each<[string, Surface, SceneOptions]>([
    ['a head', person, {}],
    ['a near head', person, { distanceMm: 400 }],
    ['a far head in more noise', person, { distanceMm: 850, noiseMm: 1.7 }],
    ['a tilted head', tilted(person, 0.25, 0.15), {}],
    ['a head with many holes', person, { holeShare: 0.2 }],
    ['a head beside the middle', person, { centreXMm: 70 }],
    ["a small child's head, its eyes 48 mm apart", scaled(person, 0.76), { landmarkScale: 0.76 }],
  ])('accepts %s', (_, surface, options) => {
    const decision = scan(surface, options);
    expect(decision.outcome).toBe('live');
    expect(decision.reasons).toMatchObject([{ code: 'shape_like_face' }]);
  });

  it.each<[string, Surface, SceneOptions, string]>([
    ['a flat print', flat, {}, 'surface_flat'],
    ['a far flat print', flat, { distanceMm: 850, noiseMm: 1.8 }, 'surface_flat'],
    ['a tilted print', tilted(flat, 0.4, -0.2), {}, 'surface_flat'],
    ['a print bent to 60 mm', bent(60), {}, 'surface_flat'],
    ['a print bent to 100 mm', bent(100), {}, 'surface_flat'],
    ['a print bent to 350 mm', bent(350), {}, 'surface_flat'],
    ['a print bent sideways', bent(90, 90), {}, 'surface_flat'],
    ['a print bent aslant', bent(80, 40), {}, 'surface_flat'],
    ['a cone of paper', cone, {}, 'surface_flat'],
    ['a sheet in an S', sCurve, {}, 'surface_flat'],
    ['a sheet folded along the nose', folded, {}, 'surface_flat'],
    ['a worn sheet with nose and eyes through it', worn(80), {}, 'surface_flat'],
    ['a crumpled sheet', crumpled(12, 18), {}, 'nose_flat'],
    ['a doll', scaled(head, 0.65), { landmarkScale: 0.65 }, 'face_size_implausible'],
    ['a balloon', sphere(95), {}, 'nose_flat'],
  ])('refuses %s', (_, surface, options, code) => {
    const decision = scan(surface, options);
    expect(decision.outcome).toBe('attack');
    expect(decision.reasons.map((reason) => reason.code)).toContain(code);
    for (const { message } of decision.reasons) expect(message).toMatch(/^[A-Z].*\.$/);
  });

  it.each<[string, Surface]>([
    ['a shallow relief', relief(head, 0.4)],
    ['a relief of half depth', relief(head, 0.5)],
    ['an egg', egg],
    ['a heavily crumpled sheet', crumpled(30, 18)],
  ])('does not accept %s', (_, surface) => {
    expect(scan(surface).outcome).not.toBe('live');
  });

  it('does not accept a photo before foreign depth: a nose in another place', () => {
    const session = new LivenessSession();
    const foreign = faceOn(head, { centreXMm: 24 });
    for (let sequence = 0; sequence < 4; sequence += 1) session.add(depthScene(head, { sequence }), foreign);
    const decision = session.decide();
    expect(decision.outcome).toBe('attack');
    expect(decision.reasons.map((reason) => reason.code)).toContain('nose_elsewhere');
  });

  it.each<[string, SceneOptions, string]>([
    ['too close', { distanceMm: 320 }, 'too_close'],
    ['too far', { distanceMm: 1000 }, 'too_far'],
    ['without half its depth', { holeShare: 0.5 }, 'depth_incomplete'],
  ])('is undecided %s', (_, options, code) => {
    const decision = scan(head, options);
    expect(decision.outcome).toBe('undecided');
    expect(decision.reasons.map((reason) => reason.code)).toContain(code);
  });

  it('is undecided without frames, with too few, and without depth', () => {
    expect(decide([])).toMatchObject({ outcome: 'undecided', evidenceNats: null });
    expect(scan(head, {}, 2)).toMatchObject({ outcome: 'undecided', reasons: [{ code: 'too_few_frames', value: 2 }] });
    const colourOnly = { ...depthScene(head), depth: null };
    const decision = decide(Array.from({ length: 10 }, () => observeFrame(colourOnly, faceOn(head))));
    expect(decision.outcome).toBe('undecided');
    expect(decision.reasons.map((reason) => reason.code)).toEqual(['too_few_frames', 'no_depth']);
  });

  it('survives single bad frames', () => {
    const session = new LivenessSession();
    for (let sequence = 0; sequence < 5; sequence += 1) {
      const surface = sequence === 2 ? flat : person;
      session.add(depthScene(surface, { sequence }), faceOn(surface));
    }
    session.add({ ...depthScene(head), depth: null }, faceOn(head));
    expect(session.decide()).toMatchObject({ outcome: 'live', framesSeen: 6, framesUsed: 5 });
  });

  it('does not let a photo slip in between pictures of a living face', () => {
    const session = new LivenessSession();
    const photos: boolean[] = [];
    for (let sequence = 0; sequence < 6; sequence += 1) {
      const surface = sequence % 3 === 1 ? flat : head;
      const cues = session.add(depthScene(surface, { sequence }), faceOn(surface));
      photos.push(!frameLooksLive(cues));
    }
    // The medians are a face's, but two of six frames are not.
    expect(photos).toEqual([false, true, false, false, true, false]);
    expect(session.decide()).toMatchObject({ outcome: 'undecided', reasons: [{ code: 'frames_disagree' }] });
  });

  it('is undecided when only a box is known: nose and eyes are needed', () => {
    const frame = depthScene(head);
    const face = { ...faceOn(head), meshPoints: null };
    const decision = decide([observeFrame(frame, face), observeFrame(frame, face), observeFrame(frame, face)]);
    expect(decision.outcome).toBe('undecided');
    expect(decision.reasons.map((reason) => reason.code)).toEqual(['cue_missing', 'cue_missing']);
  });

  it('remembers no more than it is told to', () => {
    const session = new LivenessSession({ maxFrames: 4 });
    const cues = observeFrame({ ...depthScene(head), depth: null }, faceOn(head));
    for (let i = 0; i < 50; i += 1) session.addCues(cues);
    expect(session.frameCount).toBe(4);
  });
});

describe('a scan under the light challenge', () => {
  const shown = lightChallenge(['teal', 'rose', 'lime', 'violet', 'amber']);
  const schedule = idealSchedule(shown, 900, { latencyMs: 30, exposureMs: 20 });
  const still = depthScene(person);

  /** Frames every 120 ms, lit as the code demands unless told otherwise. */
  function lightScan(options: { light?: Partial<SceneLight>; told?: LightSchedule; frames?: number } = {}) {
    const { light = {}, told = schedule, frames = 10 } = options;
    const session = new LivenessSession();
    session.showLight(told);
    for (let sequence = 0; sequence < frames; sequence += 1) {
      const frame = { ...still, sequence, deviceTimeMs: still.deviceTimeMs + sequence * FRAME_INTERVAL_MS };
      const falling = frameLight(schedule, frame.deviceTimeMs)!;
      const screen = lightColour(falling, shown.slots);
      const scene = { room: [0.8, 0.8, 0.8] as const, screenGain: 0.12, screen, ...light };
      session.add(lit(frame, person, scene, { sequence }), faceOn(person));
    }
    return session.decide();
  }
  const codes = ({ reasons }: { reasons: readonly { code: string }[] }) => reasons.map(({ code }) => code);

  it('is live when skin answers in the colours shown, where its shape says', () => {
    const decision = lightScan();
    expect(decision.outcome).toBe('live');
    expect(decision.evidence.lightCode).toBeGreaterThan(2);
    expect(decision.evidence.lightShape).toBeGreaterThan(1);
    // Both families must hold: the whole is no more than its weaker half.
    const { lightCode, lightShape } = decision.evidence;
    expect(decision.evidenceNats).toBeLessThanOrEqual(lightCode + lightShape);
  });

  it('is an attack when it answers in other colours, however living the shape', () => {
    const other = { ...schedule, challenge: lightChallenge(['amber', 'lime', 'violet', 'teal', 'rose']) };
    const decision = lightScan({ told: other });
    expect(decision.outcome).not.toBe('live');
    expect(decision.evidence.lightCode).toBeLessThan(0);
  });

  it('is not live when the picture is merely tinted', () => {
    expect(lightScan({ light: { shaped: false } }).outcome).not.toBe('live');
  });

  it('cannot be decided where nothing of the screen can be seen', () => {
    const decision = lightScan({ light: { room: [2.2, 2.2, 2.2], screenGain: 0.0005 } });
    expect(decision.outcome).toBe('undecided');
    expect(codes(decision)).toEqual(['light_unreadable']);
  });

  it('waits until four colours were seen', () => {
    const decision = lightScan({ frames: 6 });
    expect(decision.outcome).toBe('undecided');
    expect(codes(decision)).toEqual(['light_running']);
  });

  it('is judged without the light where policy only welcomes it', () => {
    const session = new LivenessSession({ policy: { ...DEFAULT_LIVENESS_POLICY, light: 'supporting' } });
    session.showLight(schedule);
    for (let sequence = 0; sequence < 4; sequence += 1) session.add(depthScene(person, { sequence }), faceOn(person));
    expect(session.decide().outcome).toBe('live');
  });
});

it('does not let somebody pay who is asleep', () => {
  const session = new LivenessSession();
  // Looked at in every second frame: open once, as in a dream.
  const looks = [0.28, null, 0.45, null, 0.29];
  for (const [sequence, eyeOpenRatio] of looks.entries()) {
    session.add(depthScene(person, { sequence }), { ...faceOn(person), eyeOpenRatio });
  }
  expect(session.decide()).toMatchObject({ outcome: 'undecided', reasons: [{ code: 'eyes_closed' }] });
});

it('is not live before the first checkpoint', () => {
  const session = new LivenessSession();
  for (let sequence = 0; sequence < 3; sequence += 1) session.add(depthScene(person, { sequence }), faceOn(person));
  expect(session.decide()).toMatchObject({ outcome: 'undecided', reasons: [{ code: 'too_early' }] });
});

describe('bad input', () => {
  const frame = depthScene(head);
  const face = faceOn(head);
  const meshWith = (change: (mesh: Float32Array) => void): FaceObservation => {
    const meshPoints = Float32Array.from(face.meshPoints!);
    change(meshPoints);
    return { ...face, meshPoints };
  };
  const meshMapped = (change: (value: number) => number): FaceObservation => ({
    ...face,
    meshPoints: face.meshPoints!.map(change),
  });
  const depth = frame.depth!;
  const empty = { ...depth, values: new Uint16Array(depth.values.length) };

  it.each<[string, Frame, FaceObservation, string]>([
    ['empty depth', { ...frame, depth: empty }, face, 'empty_depth'],
    [
      'depth of the wrong length',
      { ...frame, depth: { ...depth, values: new Uint16Array(7) } },
      face,
      'frame_malformed',
    ],
    ['NaN intrinsics', { ...frame, intrinsics: { ...frame.intrinsics, fxPx: Number.NaN } }, face, 'frame_malformed'],
    ['zero focal length', { ...frame, intrinsics: { ...frame.intrinsics, fyPx: 0 } }, face, 'frame_malformed'],
    ['another size', { ...frame, intrinsics: { ...frame.intrinsics, widthPx: 320 } }, face, 'frame_malformed'],
    [
      'absurd depth',
      { ...frame, depth: { ...depth, values: depth.values.map(() => 65_535) } },
      face,
      'frame_malformed',
    ],
    ['a NaN box', frame, { ...face, boxPx: { ...face.boxPx, x: Number.NaN } }, 'face_malformed'],
    ['a NaN landmark', frame, meshWith((mesh) => mesh.fill(Number.NaN, 9, 10)), 'face_malformed'],
    ['a short mesh', frame, { ...face, meshPoints: new Float32Array(30) }, 'face_malformed'],
    ['all landmarks in one place', frame, meshWith((mesh) => mesh.fill(200)), 'face_too_small'],
    ['landmarks outside', frame, meshMapped((value) => value + 400), 'face_outside'],
    ['landmarks far outside', frame, meshMapped((value) => value * 1e6), 'face_outside'],
    ['a tiny box', frame, { boxPx: { x: 5, y: 5, width: 3, height: 3 }, meshPoints: null }, 'face_too_small'],
  ])('%s gets a code', (_, badFrame, badFace, code) => {
    expect(observeFrame(badFrame, badFace)).toMatchObject({ usable: false, code });
  });

  it('never throws on depth noise of any kind', () => {
    for (const value of [1, 700, 5000, 65_535]) {
      const values = depth.values.map((_, i) => (((i * 2654435761) >>> 7) % 3 === 0 ? value : (i * 7919) % 65_536));
      const decision = decide([0, 1, 2].map(() => observeFrame({ ...frame, depth: { ...depth, values } }, face)));
      expect(decision.outcome).not.toBe('live');
    }
  });
});
