import { describe, expect, it } from 'vitest';
import { NEUTRAL_POSE, type Pose, type SceneMesh } from '../scene-types.ts';
import { CHEEKS, EYES, facePoints, OVAL, PHOTO_IPD_MM } from './face-points.ts';
import { photoPerson } from './photo-person.ts';

const [WIDTH, HEIGHT] = [200, 240];
const image = { widthPx: WIDTH, heightPx: HEIGHT, rgb: new Uint8Array(WIDTH * HEIGHT * 3).fill(150) };

/** Middle and half axes of the face on the photo, in pixels. */
const FACE = { x: 100, y: 122, halfWidth: 62, halfHeight: 82 } as const;
/** Half a millimetre a pixel, near enough: 54 pixels between the eyes' middles. */
const EYE_X = 27;
const EYE_Y = 100;

/**
 * A face mesh of a head seen from the front: an ellipsoid with a nose, z towards the camera negative as the network
 * gives it. Points whose place does not matter lie in a spiral; rim, eyes, cheeks, mouth and nose are where they belong.
 */
function mesh(): Float32Array {
  const points = new Float32Array(468 * 3);
  const put = (index: number, x: number, y: number) => {
    const inside = 1 - ((x - FACE.x) / FACE.halfWidth) ** 2 - ((y - FACE.y) / FACE.halfHeight) ** 2;
    const nose = 26 * Math.exp(-(((x - FACE.x) / 10) ** 2) - ((y - 136) / 16) ** 2);
    points.set([x, y, 34 - 40 * Math.sqrt(Math.max(0, inside)) - nose], index * 3);
  };
  for (let i = 0; i < 468; i += 1) {
    const radius = 0.97 * Math.sqrt((i + 0.5) / 468);
    const angle = i * 2.399963;
    put(i, FACE.x + FACE.halfWidth * radius * Math.cos(angle), FACE.y + FACE.halfHeight * radius * Math.sin(angle));
  }
  OVAL.forEach((index, i) => {
    const angle = (2 * Math.PI * i) / OVAL.length;
    put(index, FACE.x + FACE.halfWidth * Math.sin(angle), FACE.y - FACE.halfHeight * Math.cos(angle));
  });
  EYES.forEach(({ upper, lower }, eye) => {
    const centre = FACE.x + (eye === 0 ? -EYE_X : EYE_X);
    const along = (i: number) => centre - 13 + (26 * i) / 8;
    lower.forEach((index, i) => {
      put(index, along(i), EYE_Y + 5 * Math.sin((Math.PI * i) / 8));
    });
    upper.forEach((index, i) => {
      put(index, along(i), EYE_Y - 6 * Math.sin((Math.PI * i) / 8));
    });
  });
  put(1, 100, 134);
  put(4, 100, 136);
  put(61, 80, 164);
  put(291, 120, 164);
  put(13, 100, 163);
  put(14, 100, 166);
  put(105, 76, 84);
  CHEEKS.forEach((index, i) => {
    put(index, i % 2 === 0 ? 70 : 130, 128 + 4 * i);
  });
  return points;
}

function head(meshes: readonly SceneMesh[]): SceneMesh {
  const found = meshes.find(({ name }) => name === 'photo-head');
  if (!found) throw new Error('no head');
  return found;
}

/** Highest point of the head's surface within a few millimetres of a place. */
function heightAt({ positionsMm }: SceneMesh, x: number, y: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < positionsMm.length; i += 3) {
    if (Math.hypot(positionsMm[i] - x, positionsMm[i + 1] - y) < 4) highest = Math.max(highest, positionsMm[i + 2]);
  }
  return highest;
}

describe('a photo person', () => {
  const person = photoPerson({ image, meshPoints: mesh() });

  it('has eyes 63 mm apart, upright and between its own axes', () => {
    const points = facePoints(mesh());
    const eye = (k: 0 | 1) => {
      const { upper } = EYES[k];
      const ends = [upper[0], upper[upper.length - 1]];
      return [0, 1, 2].map((c) => (points.mm[ends[0] * 3 + c] + points.mm[ends[1] * 3 + c]) / 2);
    };
    const [left, right] = [eye(0), eye(1)];
    expect(Math.hypot(...left.map((v, c) => v - right[c]))).toBeCloseTo(PHOTO_IPD_MM, 3);
    expect(left[0]).toBeCloseTo(-PHOTO_IPD_MM / 2, 3);
    expect(left[1]).toBeCloseTo(0, 3);
    // y runs upwards: the chin lies below the eyes, the forehead above.
    expect(points.mm[152 * 3 + 1]).toBeLessThan(-90);
    expect(points.mm[10 * 3 + 1]).toBeGreaterThan(50);
  });

  it('finds its points on the photo again', () => {
    const points = facePoints(mesh());
    const [x, y] = points.toPhoto(points.mm[4 * 3], points.mm[4 * 3 + 1]);
    expect(x).toBeCloseTo(100, 3);
    expect(y).toBeCloseTo(136, 3);
  });

  it('is the same size whatever the size of the photo', () => {
    const twice = mesh().map((value) => value * 2);
    const [small, large] = [facePoints(mesh()), facePoints(twice)];
    for (let i = 0; i < small.mm.length; i += 1) expect(large.mm[i]).toBeCloseTo(small.mm[i], 2);
    expect(small.mmPerPx / large.mmPerPx).toBeCloseTo(2, 6);
  });

  it('has a nose that stands out towards the camera, by as much as noses do', () => {
    const surface = head(person.meshes(NEUTRAL_POSE));
    const scale = facePoints(mesh()).mmPerPx;
    const nose = heightAt(surface, 0, -36 * scale);
    const cheek = (heightAt(surface, -30 * scale, -36 * scale) + heightAt(surface, 30 * scale, -36 * scale)) / 2;
    expect(nose - cheek).toBeGreaterThan(12);
    expect(nose - cheek).toBeLessThan(40);
  });

  it('turns, smiles and blinks', () => {
    const at = (pose: Partial<Pose>) => head(person.meshes({ ...NEUTRAL_POSE, ...pose })).positionsMm;
    const rest = at({});
    const noseX = (xyz: Float32Array) => {
      let [x, z] = [0, -Infinity];
      for (let i = 0; i < xyz.length; i += 3) if (xyz[i + 2] > z) [x, z] = [xyz[i], xyz[i + 2]];
      return x;
    };
    expect(noseX(at({ yawDeg: 15 })) - noseX(rest)).toBeGreaterThan(12);
    const moved = (pose: Partial<Pose>) => {
      const other = at(pose);
      let most = 0;
      for (let i = 0; i < rest.length; i += 3) {
        most = Math.max(most, Math.hypot(other[i] - rest[i], other[i + 1] - rest[i + 1], other[i + 2] - rest[i + 2]));
      }
      return most;
    };
    expect(moved({ smile: 1 })).toBeGreaterThan(1.5);
    expect(moved({ smile: 1 })).toBeLessThan(12);
    expect(moved({ blink: 1 })).toBeGreaterThan(2);
  });

  it('is the same person for the same photo, and another for another', () => {
    expect(photoPerson({ image, meshPoints: mesh() }).id).toBe(person.id);
    expect(photoPerson({ image, meshPoints: mesh().map((v) => v * 1.1) }).id).not.toBe(person.id);
  });

  it('refuses what is no photo and no mesh', () => {
    const broken = mesh();
    broken[100] = Number.NaN;
    expect(() => photoPerson({ image, meshPoints: broken })).toThrow(RangeError);
    expect(() => photoPerson({ image, meshPoints: new Float32Array(30) })).toThrow(RangeError);
    expect(() => photoPerson({ image, meshPoints: new Float32Array(468 * 3) })).toThrow(
      'the eyes of this mesh coincide',
    );
    expect(() => photoPerson({ image: { ...image, widthPx: 4 }, meshPoints: mesh() })).toThrow(RangeError);
    expect(() => photoPerson({ image: { ...image, heightPx: 99 }, meshPoints: mesh() })).toThrow(
      'the photo has the wrong length',
    );
  });
});
