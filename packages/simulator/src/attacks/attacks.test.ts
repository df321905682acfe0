import { describe, expect, it } from 'vitest';
import { captureFrames } from '../camera/capture-frames.ts';
import { proceduralPerson } from '../people/person.ts';
import { DEFAULT_INTRINSICS, FACE_AHEAD_MM } from '../render/view.ts';
import { NEUTRAL_POSE, type Rgb, type SceneMesh } from '../scene-types.ts';
import { attackWith } from './attacks.ts';
import { faceHeights } from './face-heights.ts';
import { injectedFrames } from './injections.ts';
import { bentPrint, flatPrint } from './sheets.ts';
import { ATTACK_SPECIES, type InjectionKind, isPresented } from './species.ts';
import { cone, rolled, type Surface, wave } from './surfaces.ts';

const target = proceduralPerson(3, { hairStyle: 'buzz', glasses: 'none', hat: 'none' });
const donor = proceduralPerson(9, { hairStyle: 'buzz', glasses: 'none', hat: 'none' });

function pictureOf(meshes: readonly SceneMesh[]): SceneMesh {
  const found = meshes.find((mesh) => mesh.name === 'print' || mesh.name === 'panel');
  if (!found) throw new Error('nothing is shown');
  return found;
}

/** Deviation in mm of a mesh's points from the plane that fits them best, seen along z. */
function planeResidualMm({ positionsMm }: SceneMesh): number {
  // Normal equations of z = a + b x + c y.
  const m = Array.from({ length: 3 }, () => [0, 0, 0, 0]);
  for (let i = 0; i < positionsMm.length; i += 3) {
    const row = [1, positionsMm[i], positionsMm[i + 1]];
    for (let r = 0; r < 3; r += 1) {
      for (let c = 0; c < 3; c += 1) m[r][c] += row[r] * row[c];
      m[r][3] += row[r] * positionsMm[i + 2];
    }
  }
  for (let k = 0; k < 3; k += 1) {
    for (let r = 0; r < 3; r += 1) {
      if (r === k) continue;
      const f = m[r][k] / m[k][k];
      for (let c = k; c < 4; c += 1) m[r][c] -= f * m[k][c];
    }
  }
  const [a, b, c] = [0, 1, 2].map((k) => m[k][3] / m[k][k]);
  let squares = 0;
  for (let i = 0; i < positionsMm.length; i += 3) {
    squares += (positionsMm[i + 2] - a - b * positionsMm[i] - c * positionsMm[i + 1]) ** 2;
  }
  return Math.sqrt(squares / (positionsMm.length / 3));
}

describe('the list of species', () => {
  it('numbers 33 of them, and excuses only those that this camera cannot tell', () => {
    expect(ATTACK_SPECIES.map(({ id }) => id)).toEqual(Array.from({ length: 33 }, (_, i) => i + 1));
    expect(new Set(ATTACK_SPECIES.map(({ kind }) => kind)).size).toBe(33);
    const excused = ATTACK_SPECIES.filter(({ inScope }) => !inScope).map(({ id }) => id);
    expect(excused).toEqual([22, 23, 24, 25, 26, 27, 31]);
  });

  it('has something to show for each', () => {
    for (const { kind } of ATTACK_SPECIES) {
      if (!isPresented(kind)) continue;
      const attack = attackWith(kind, target, { seed: 4 });
      expect(attack.species.kind).toBe(kind);
      const meshes = attack.meshes(NEUTRAL_POSE);
      expect(meshes.some((mesh) => mesh.indices.length > 0)).toBe(true);
      for (const { positionsMm, normals, indices } of meshes) {
        expect(positionsMm.every(Number.isFinite)).toBe(true);
        expect(normals.length).toBe(positionsMm.length);
        expect(indices.every((i) => i * 3 < positionsMm.length)).toBe(true);
      }
    }
  });
});

describe('paper', () => {
  it('is flat when it is flat, however it is held', () => {
    for (const seed of [1, 2, 3]) {
      const sheet = pictureOf(flatPrint(target, { seed, held: false }).meshes(NEUTRAL_POSE));
      expect(planeResidualMm(sheet)).toBeLessThan(1e-3);
    }
  });

  it('has the radius it is bent to', () => {
    const sheet = pictureOf(bentPrint(target, { seed: 1, radiusMm: 120, held: false }).meshes(NEUTRAL_POSE));
    // Three points of the row through the eyes make a circle: R = abc / 4 area.
    const columns = sheet.positionsMm.length / 3 / (Math.round(297 / 4) + 1);
    const row = Math.round((Math.round(297 / 4) + 1) / 2) * columns;
    const point = (i: number) => Array.from(sheet.positionsMm.subarray((row + i) * 3, (row + i) * 3 + 3));
    const [p, q, r] = [point(2), point(columns >> 1), point(columns - 3)];
    const side = (a: number[], b: number[]) => Math.hypot(...a.map((v, k) => v - b[k]));
    const [a, b, c] = [side(p, q), side(q, r), side(r, p)];
    const s = (a + b + c) / 2;
    expect((a * b * c) / (4 * Math.sqrt(s * (s - a) * (s - b) * (s - c)))).toBeCloseTo(120, 0);
  });

  it.each<[string, Surface]>([
    ['rolled', rolled(90, 30)],
    ['cone', cone(320, 0.35)],
    ['wave', wave(18, 220, 1, 20)],
  ])('keeps its lengths when %s: it does not stretch', (_, surface) => {
    for (const [x, y] of [
      [0, 0],
      [60, 40],
      [-80, -90],
    ]) {
      const here = surface(x, y);
      for (const [dx, dy] of [
        [1, 0],
        [0, 1],
        [0.7, 0.7],
      ]) {
        const there = surface(x + dx, y + dy);
        const length = Math.hypot(...there.map((v, k) => v - here[k]));
        expect(length / Math.hypot(dx, dy)).toBeCloseTo(1, 1);
      }
    }
  });

  it('refuses a radius that no paper has', () => {
    expect(() => bentPrint(target, { seed: 1, radiusMm: 5 })).toThrow(RangeError);
  });

  it('has holes where the wearer looks through', () => {
    const whole = pictureOf(attackWith('print', target, { seed: 4, held: false }).meshes(NEUTRAL_POSE));
    const open = pictureOf(attackWith('eye-holes', target, { seed: 4 }).meshes(NEUTRAL_POSE));
    const covered = (sheet: SceneMesh, x: number, y: number) => {
      for (const i of sheet.indices) {
        if (Math.hypot(sheet.positionsMm[i * 3] - x, sheet.positionsMm[i * 3 + 1] - y) < 6) return true;
      }
      return false;
    };
    expect(covered(whole, 31, 0)).toBe(true);
    expect(covered(open, 31, 0)).toBe(false);
    expect(covered(open, 0, 40)).toBe(true);
  });
});

describe('things in the round', () => {
  it('measures the relief of a face', () => {
    const heights = faceHeights(target);
    const nose = Math.max(...[-44, -40, -36, -32].map((y) => heights(0, y)));
    const cheeks = (heights(38, -38) + heights(-38, -38)) / 2;
    expect(nose - cheeks).toBeGreaterThan(15);
    expect(nose - cheeks).toBeLessThan(45);
    expect(heights(105, 0)).toBeLessThan(0);
  });

  it('makes reliefs shallower than faces, and dolls smaller', () => {
    const extent = (meshes: readonly SceneMesh[], axis: number) => {
      let [low, high] = [Infinity, -Infinity];
      for (const { positionsMm, material } of meshes) {
        if (material.kind === 'cloth' || material.kind === 'hair') continue;
        for (let i = axis; i < positionsMm.length; i += 3) {
          low = Math.min(low, positionsMm[i]);
          high = Math.max(high, positionsMm[i]);
        }
      }
      return high - low;
    };
    const life = target.meshes(NEUTRAL_POSE);
    const doll = attackWith('doll', target, { seed: 2 }).meshes(NEUTRAL_POSE);
    expect(extent(doll, 0) / extent(life, 0)).toBeGreaterThan(0.45);
    expect(extent(doll, 0) / extent(life, 0)).toBeLessThan(0.85);
  });
});

describe('a screen', () => {
  it('does not answer the kiosk light except by gloss, and a print answers with its own flatness', () => {
    const response = (kind: 'tablet' | 'print') => {
      const shown = (level: number) => {
        const [frame] = captureFrames({
          subject: attackWith(kind, target, { seed: 5, held: false }),
          seed: 1,
          frames: 1,
          light: 'dim',
          exposure: 1 / 220,
          screenColour: () => [level, level, level],
        });
        let sum = 0;
        for (let y = 235; y < 275; y += 1)
          for (let x = 300; x < 340; x += 1) sum += frame.colour.rgb[(y * 640 + x) * 3 + 1];
        return sum / 1_600;
      };
      return shown(1) / shown(0);
    };
    expect(response('tablet')).toBeLessThan(1.04);
    expect(response('print')).toBeGreaterThan(1.12);
  });
});

describe('injected frames', () => {
  const base = {
    subject: target,
    donor,
    seed: 6,
    frames: 4,
    framesPerSecond: 5,
    posesPerSecond: 2,
    screenColour: (elapsedMs: number): Rgb => (elapsedMs < 400 ? [0.75, 0.17, 0.6] : [0.25, 0.38, 0.05]),
    oldScreenColour: (): Rgb => [0, 0.37, 0.83],
  };
  const made = (kind: InjectionKind) => [...injectedFrames(kind, base)];
  const redOfFace = (rgb: Uint8Array) => {
    let [red, green] = [0, 0];
    for (let y = 190; y < 230; y += 1) {
      for (let x = 300; x < 340; x += 1) {
        red += rgb[(y * 640 + x) * 3];
        green += rgb[(y * 640 + x) * 3 + 1];
      }
    }
    return red / green;
  };

  it('gives every kind the frames of a camera, the same for the same seed', () => {
    for (const species of ATTACK_SPECIES) {
      if (species.way !== 'injected') continue;
      const frames = [...injectedFrames(species.kind, { ...base, frames: 1 })];
      expect(frames).toHaveLength(1);
      expect(frames[0].depth).not.toBeNull();
    }
    expect(Buffer.from(made('tinted-session')[3].colour.rgb)).toEqual(
      Buffer.from(made('tinted-session')[3].colour.rgb),
    );
  });

  it('colours the tinted and the relit after the challenge, the old one not', () => {
    for (const kind of ['tinted-session', 'relit-deepfake'] as const) {
      const frames = made(kind);
      expect(redOfFace(frames[0].colour.rgb)).toBeGreaterThan(1.01 * redOfFace(frames[3].colour.rgb));
    }
    const old = made('old-challenge');
    expect(redOfFace(old[0].colour.rgb) / redOfFace(old[3].colour.rgb)).toBeCloseTo(1, 1);
  });

  it('lays the depth of another head under a still picture', () => {
    const frames = made('foreign-depth');
    const nearest = (frame: (typeof frames)[number]) => {
      let least = Infinity;
      for (const value of frame.depth?.values ?? []) if (value > 4_000 && value < least) least = value;
      return least / 10;
    };
    // A head before the camera, not a sheet: its depth spreads over several centimetres.
    expect(nearest(frames[0])).toBeLessThan(560);
    expect(frames[0].intrinsics).toEqual(DEFAULT_INTRINSICS);
    expect(FACE_AHEAD_MM).toBe(90);
  });
});
