import { describe, expect, it } from 'vitest';
import { NEUTRAL_POSE, type Pose, type SceneMesh } from '../scene-types.ts';
import { describePerson, type PersonTraits, proceduralPerson, randomTraits } from './index.ts';
import { EYEBALL_RADIUS_MM } from './relief.ts';

const MANY = Array.from({ length: 40 }, (_, i) => i + 1);

function meshesOf(seed: number, pose: Partial<Pose> = {}, overrides: Partial<PersonTraits> = {}): SceneMesh[] {
  return proceduralPerson(seed, overrides).meshes({ ...NEUTRAL_POSE, ...pose });
}

function named(meshes: readonly SceneMesh[], name: string): SceneMesh {
  const found = meshes.find((mesh) => mesh.name === name);
  if (!found) throw new Error(`No mesh called ${name}`);
  return found;
}

/** Bitwise equality; the matcher's own walk over a million numbers takes seconds. */
function sameNumbers(a: Float32Array | undefined, b: Float32Array | undefined): boolean {
  if (!a || !b) return a === b;
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}

/** Middle and extent of a mesh along x, y and z. */
function bounds(mesh: SceneMesh) {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  mesh.positionsMm.forEach((value, i) => {
    low[i % 3] = Math.min(low[i % 3], value);
    high[i % 3] = Math.max(high[i % 3], value);
  });
  return { low, high, size: low.map((v, k) => high[k] - v), middle: low.map((v, k) => (v + high[k]) / 2) };
}

/** The x of the eyeball behind an iris: back from its summit along the direction it looks. */
function eyeballX(iris: SceneMesh): number {
  const columns = 33;
  let lookX = 0;
  for (let j = 0; j < columns - 1; j++) lookX += iris.normals[j * 3] / (columns - 1);
  return iris.positionsMm[0] - (EYEBALL_RADIUS_MM + 0.84) * lookX;
}

/** The first quarter of `lid-margin` vertices lies on the visible edge, every second one. */
function edgePoints(mesh: SceneMesh): number[][] {
  const points: number[][] = [];
  for (let i = 0; i < mesh.positionsMm.length; i += 6) points.push(Array.from(mesh.positionsMm.subarray(i, i + 3)));
  return points;
}

/** Widest vertical gap between an eye's lids, near its middle. */
function eyeOpeningMm(meshes: readonly SceneMesh[], eye: 0 | 1): number {
  const points = edgePoints(named(meshes, `lid-margin-${eye}`));
  const xs = points.map((p) => p[0]);
  const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
  const central = points.filter((p) => Math.abs(p[0] - middle) < 4).map((p) => p[1]);
  return Math.max(...central) - Math.min(...central);
}

function mouthWidthMm(meshes: readonly SceneMesh[]): number {
  const lips = named(meshes, 'inner-lips');
  const row = lips.positionsMm.subarray(0, lips.positionsMm.length / 4);
  const left = row.subarray(0, 3);
  const right = row.subarray(row.length - 3);
  return Math.hypot(right[0] - left[0], right[1] - left[1], right[2] - left[2]);
}

/** Share of triangles whose winding agrees with their vertices' normals. */
function windingAgreement(mesh: SceneMesh): number {
  let agreeing = 0;
  let counted = 0;
  const { positionsMm: p, normals: n, indices } = mesh;
  for (let t = 0; t < indices.length; t += 3) {
    const [a, b, c] = [indices[t] * 3, indices[t + 1] * 3, indices[t + 2] * 3];
    const u = [0, 1, 2].map((k) => p[b + k] - p[a + k]);
    const v = [0, 1, 2].map((k) => p[c + k] - p[a + k]);
    const face = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    if (Math.hypot(...face) < 1e-4) continue;
    counted++;
    if (face[0] * n[a] + face[1] * n[a + 1] + face[2] * n[a + 2] > 0) agreeing++;
  }
  return agreeing / counted;
}

describe('traits', () => {
  it('are the same for the same seed and differ between seeds', () => {
    expect(randomTraits(5)).toEqual(randomTraits(5));
    expect(randomTraits(5)).not.toEqual(randomTraits(6));
  });

  it('stay within human ranges', () => {
    for (const seed of Array.from({ length: 400 }, (_, i) => i)) {
      const traits = randomTraits(seed);
      expect(traits.ipdMm).toBeGreaterThanOrEqual(54);
      expect(traits.ipdMm).toBeLessThanOrEqual(74);
      expect(traits.skinReflectance).toBeGreaterThanOrEqual(0.08 - 1e-9);
      expect(traits.skinReflectance).toBeLessThanOrEqual(0.5 + 1e-9);
      expect(traits.mouthHalfWidthMm).toBeGreaterThan(18);
      expect(traits.mouthHalfWidthMm).toBeLessThan(32);
      if (traits.sex === 'female') expect(traits.beard).toBe('none');
      for (const [name, value] of Object.entries(traits)) {
        if (typeof value === 'number') expect(Number.isFinite(value), name).toBe(true);
      }
    }
  });

  it('take overrides, and let sex, age and skin steer only what depends on them', () => {
    const plain = randomTraits(11);
    const other = randomTraits(11, { ipdMm: 70, glasses: 'round' });
    expect(other).toEqual({ ...plain, ipdMm: 70, glasses: 'round' });
    expect(randomTraits(3, { sex: 'male' }).sex).toBe('male');
    expect(randomTraits(3, { sex: 'female' }).beard).toBe('none');
  });

  it('describe themselves in a few words', () => {
    const traits = randomTraits(1, { sex: 'male', ageYears: 41, hairStyle: 'curly', beard: 'full', glasses: 'round' });
    expect(describePerson(traits)).toBe('Man, 41, curly hair, beard, glasses');
  });
});

describe('a person', () => {
  it('is the same every time', () => {
    const pose = { yawDeg: 12, smile: 0.6, blink: 0.3 };
    const first = meshesOf(7, pose);
    const second = meshesOf(7, pose);
    expect(second.map((m) => m.name)).toEqual(first.map((m) => m.name));
    first.forEach((mesh, i) => {
      expect(sameNumbers(second[i].positionsMm, mesh.positionsMm), mesh.name).toBe(true);
      expect(sameNumbers(second[i].vertexAlbedo, mesh.vertexAlbedo), mesh.name).toBe(true);
    });
    const texture = (meshes: SceneMesh[]) => named(meshes, 'skin').material.texture?.rgb;
    expect(texture(first)?.length).toBeGreaterThan(0);
    expect(sameNumbers(texture(second), texture(first))).toBe(true);
  });

  it('has an id of its own, other overrides another one', () => {
    expect(proceduralPerson(7).id).toBe('person-7');
    const bald = proceduralPerson(7, { hairStyle: 'bald', ipdMm: 60 }).id;
    expect(bald).not.toBe('person-7');
    expect(proceduralPerson(7, { ipdMm: 60, hairStyle: 'bald' }).id).toBe(bald);
    expect(proceduralPerson(7, { ipdMm: 61, hairStyle: 'bald' }).id).not.toBe(bald);
  });

  it('does not remember the pose before', () => {
    const person = proceduralPerson(8);
    const before = person.meshes(NEUTRAL_POSE);
    person.meshes({ ...NEUTRAL_POSE, yawDeg: 40, smile: 1, blink: 1, mouthOpen: 1, browRaise: 1 });
    person.meshes(NEUTRAL_POSE).forEach((mesh, i) => {
      expect(sameNumbers(mesh.positionsMm, before[i].positionsMm), mesh.name).toBe(true);
    });
  });

  it('has whole meshes of finite numbers within the triangle budget, in any style and pose', () => {
    const styles = [
      'bald',
      'buzz',
      'short',
      'swept',
      'receding',
      'curly',
      'pixie',
      'bob',
      'long',
      'wavy',
      'bun',
    ] as const;
    styles.forEach((hairStyle, i) => {
      const dress = {
        hat: (['none', 'beanie', 'cap'] as const)[i % 3],
        scarf: i % 2 === 0,
        beard: 'full',
        glasses: 'round',
      } as const;
      const meshes = meshesOf(i + 1, { smile: 1, mouthOpen: 0.5, yawDeg: 30, blink: 0.4 }, { hairStyle, ...dress });
      const triangles = meshes.reduce((sum, mesh) => sum + mesh.indices.length / 3, 0);
      expect(triangles, hairStyle).toBeLessThanOrEqual(60_000);
      for (const mesh of meshes) expectWhole(mesh);
    });
  });

  it('winds its triangles outwards: skin, ears, eyes and clothes face away from the middle of the head', () => {
    const meshes = meshesOf(4, {}, { hat: 'beanie' });
    for (const name of ['skin', 'ear-left', 'ear-right', 'garment', 'sclera-0', 'sclera-1', 'iris-0', 'hat']) {
      expect(windingAgreement(named(meshes, name)), name).toBeGreaterThan(0.97);
    }
    for (const name of ['skin', 'garment', 'hat', 'sclera-0', 'sclera-1', 'ear-left', 'ear-right']) {
      expect(outwardShare(named(meshes, name)), name).toBeGreaterThan(name.startsWith('ear') ? 0.6 : 0.9);
    }
  });

  it('has its pupils as far apart as asked', () => {
    for (const ipdMm of [54, 63, 74]) {
      const meshes = meshesOf(2, {}, { ipdMm });
      expect(eyeballX(named(meshes, 'iris-1')) - eyeballX(named(meshes, 'iris-0'))).toBeCloseTo(ipdMm, 1);
    }
  });

  it('smiles: the mouth widens by 8 to 10 % of the distance between the pupils and shows teeth', () => {
    for (const seed of MANY.slice(0, 6)) {
      const { ipdMm } = randomTraits(seed);
      const person = proceduralPerson(seed);
      const neutral = person.meshes(NEUTRAL_POSE);
      const smiling = person.meshes({ ...NEUTRAL_POSE, smile: 1 });
      const widening = (mouthWidthMm(smiling) - mouthWidthMm(neutral)) / ipdMm;
      expect(widening).toBeGreaterThan(0.08);
      expect(widening).toBeLessThan(0.1);
      expect(neutral.some((mesh) => mesh.name === 'upper-teeth')).toBe(false);
      expect(smiling.some((mesh) => mesh.name === 'upper-teeth')).toBe(true);
    }
  });

  it('blinks: wide eyes at rest, shut at full blink', () => {
    for (const seed of MANY.slice(0, 6)) {
      const person = proceduralPerson(seed);
      const open = person.meshes(NEUTRAL_POSE);
      const shut = person.meshes({ ...NEUTRAL_POSE, blink: 1 });
      for (const eye of [0, 1] as const) {
        expect(eyeOpeningMm(open, eye)).toBeGreaterThan(8);
        expect(eyeOpeningMm(shut, eye)).toBeLessThan(0.5 + 1.2);
      }
    }
  });

  it('turns its face right, up and clockwise for positive angles, and keeps its shoulders', () => {
    const person = proceduralPerson(9);
    const still = person.meshes(NEUTRAL_POSE);
    const nose = (pose: Partial<Pose>) => {
      const skin = named(person.meshes({ ...NEUTRAL_POSE, ...pose }), 'skin').positionsMm;
      const rest = named(still, 'skin').positionsMm;
      let tip = 0;
      for (let i = 0; i < rest.length; i += 3) if (rest[i + 2] > rest[tip + 2]) tip = i;
      return { x: skin[tip] - rest[tip], y: skin[tip + 1] - rest[tip + 1] };
    };
    expect(nose({ yawDeg: 20 }).x).toBeGreaterThan(20);
    expect(nose({ pitchDeg: 20 }).y).toBeGreaterThan(20);
    expect(nose({ rollDeg: 20 }).x).toBeGreaterThan(5);
    const turned = person.meshes({ ...NEUTRAL_POSE, yawDeg: 45, pitchDeg: 20, rollDeg: 20 });
    expect(sameNumbers(named(turned, 'garment').positionsMm, named(still, 'garment').positionsMm)).toBe(true);
  });

  it('keeps looking at the camera while the head turns', () => {
    const person = proceduralPerson(3);
    const irisDirection = (pose: Partial<Pose>) => {
      const iris = named(person.meshes({ ...NEUTRAL_POSE, ...pose }), 'iris-0');
      return Array.from(iris.normals.subarray(0, 3));
    };
    const ahead = irisDirection({});
    const turned = irisDirection({ yawDeg: 20, pitchDeg: 8 });
    const aside = irisDirection({ gazeXDeg: 20 });
    expect(turned[0]).toBeCloseTo(ahead[0], 0.9);
    expect(Math.abs(turned[0] - ahead[0])).toBeLessThan(0.12);
    expect(aside[0] - ahead[0]).toBeGreaterThan(0.2);
  });

  it('moves as a whole with its offset', () => {
    const person = proceduralPerson(6);
    const still = person.meshes(NEUTRAL_POSE);
    const moved = person.meshes({ ...NEUTRAL_POSE, offsetMm: { x: 30, y: -12, z: 50 }, gazeXDeg: 0 });
    for (const name of ['skin', 'garment', 'hair', 'ear-left']) {
      const [a, b] = [bounds(named(still, name)).middle, bounds(named(moved, name)).middle];
      expect(b[0] - a[0]).toBeCloseTo(30, 0);
      expect(b[1] - a[1]).toBeCloseTo(-12, 0);
      expect(b[2] - a[2]).toBeCloseTo(50, 0);
    }
  });
});

function outwardShare(mesh: SceneMesh): number {
  const { middle } = bounds(mesh);
  // Eyes are caps on a ball that lies behind them; everything else surrounds its own middle.
  const center = mesh.name.startsWith('sclera') ? [middle[0], middle[1], middle[2] - 12] : [0, middle[1], -20];
  let outwards = 0;
  for (let i = 0; i < mesh.positionsMm.length; i += 3) {
    const away = [0, 1, 2].map((k) => mesh.positionsMm[i + k] - center[k]);
    if (mesh.name === 'garment' || mesh.name === 'hat' || mesh.name === 'skin') away[1] *= 0.3;
    if (away[0] * mesh.normals[i] + away[1] * mesh.normals[i + 1] + away[2] * mesh.normals[i + 2] > 0) outwards++;
  }
  return outwards / (mesh.positionsMm.length / 3);
}

function expectWhole(mesh: SceneMesh): void {
  const vertices = mesh.positionsMm.length / 3;
  expect(
    mesh.positionsMm.every((value) => Number.isFinite(value)),
    `${mesh.name} positions`,
  ).toBe(true);
  expect(mesh.normals.length, mesh.name).toBe(vertices * 3);
  for (let i = 0; i < mesh.normals.length; i += 3) {
    const length = Math.hypot(mesh.normals[i], mesh.normals[i + 1], mesh.normals[i + 2]);
    if (!(Math.abs(length - 1) < 1e-3)) throw new Error(`${mesh.name} has a normal of length ${length}`);
  }
  expect(
    mesh.indices.every((index) => index < vertices),
    `${mesh.name} indices`,
  ).toBe(true);
  if (mesh.material.texture) expect(mesh.uv?.length, mesh.name).toBe(vertices * 2);
  if (mesh.uv)
    expect(
      mesh.uv.every((value) => value >= 0 && value <= 1),
      `${mesh.name} uv`,
    ).toBe(true);
  if (mesh.ambient) {
    expect(mesh.ambient.length, mesh.name).toBe(vertices);
    expect(
      mesh.ambient.every((value) => value >= 0 && value <= 1),
      `${mesh.name} ambient`,
    ).toBe(true);
  }
  if (mesh.vertexAlbedo) {
    expect(mesh.vertexAlbedo.length, mesh.name).toBe(vertices * 3);
    expect(
      mesh.vertexAlbedo.every((value) => value >= 0 && value <= 1),
      `${mesh.name} albedo`,
    ).toBe(true);
  }
}
