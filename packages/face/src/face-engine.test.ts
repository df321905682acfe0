import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL_VERSION } from './cohort.ts';
import type { FaceDetection } from './detector.ts';
import { FaceEngine } from './face-engine.ts';
import { byProminence } from './prominence.ts';
import { similarity } from './similarity.ts';
import { drawFace } from './testing.ts';

let engine: FaceEngine;
beforeAll(async () => {
  engine = await FaceEngine.create();
});
afterAll(() => engine.close());

/** Where drawFace puts the eyes: 0.315 of half the face's height to the sides, 0.185 above its centre. */
function drawnEyes(centreXPx: number, centreYPx: number, faceHeightPx: number) {
  const half = faceHeightPx / 2;
  return [centreXPx - 0.315 * half, centreXPx + 0.315 * half, centreYPx - 0.185 * half];
}

describe('detecting', () => {
  it.each([
    { what: 'as a camera sees it', widthPx: 640, heightPx: 480, faceHeightPx: 200 },
    { what: 'small and off the centre', widthPx: 640, heightPx: 480, faceHeightPx: 90, centreXPx: 150, centreYPx: 300 },
    { what: 'filling a tiny portrait', widthPx: 92, heightPx: 112, faceHeightPx: 100 },
    { what: 'filling a large picture', widthPx: 700, heightPx: 800, faceHeightPx: 760 },
    { what: 'in a wide picture', widthPx: 1280, heightPx: 400, faceHeightPx: 180 },
  ])('finds a face $what', async ({ what: _, ...drawing }) => {
    const { widthPx, heightPx, faceHeightPx, centreXPx = widthPx / 2, centreYPx = heightPx / 2 } = drawing;
    const faces = await engine.detect(drawFace(drawing));
    expect(faces).toHaveLength(1);
    const { keypoints, score, box } = faces[0];
    const [leftX, rightX, eyesY] = drawnEyes(centreXPx, centreYPx, faceHeightPx);
    const tolerancePx = 0.05 * faceHeightPx;
    expect(Math.abs(keypoints.leftEye.xPx - leftX)).toBeLessThan(tolerancePx);
    expect(Math.abs(keypoints.rightEye.xPx - rightX)).toBeLessThan(tolerancePx);
    expect(Math.abs(keypoints.leftEye.yPx - eyesY)).toBeLessThan(tolerancePx);
    expect(score).toBeGreaterThan(0.6);
    expect(score).toBeLessThanOrEqual(1);
    expect(box.heightPx).toBeGreaterThan(0.4 * faceHeightPx);
    expect(box.heightPx).toBeLessThan(1.1 * faceHeightPx);
  });

  it('finds two faces, and puts the nearer and more central one first by prominence', async () => {
    const near = drawFace({ centreXPx: 250, faceHeightPx: 220 });
    const far = drawFace({ centreXPx: 540, faceHeightPx: 110 });
    const both = { ...near, rgb: near.rgb.slice() };
    for (let y = 0; y < 480; y++)
      both.rgb.set(far.rgb.subarray((y * 640 + 440) * 3, (y + 1) * 640 * 3), (y * 640 + 440) * 3);
    const faces = await engine.detect(both);
    expect(faces).toHaveLength(2);
    expect(faces[0].score).toBeGreaterThanOrEqual(faces[1].score);
    expect(byProminence(faces, both)[0].keypoints.noseTip.xPx).toBeLessThan(350);
    expect(await engine.detect(both, { maxFaces: 1 })).toHaveLength(1);
  });

  it('finds nobody in an empty picture', async () => {
    const rgb = Uint8Array.from({ length: 320 * 240 * 3 }, (_, index) => (index * 7) % 200);
    expect(await engine.detect({ widthPx: 320, heightPx: 240, rgb })).toEqual([]);
  });

  it.each([
    ['image_wrong_size', { widthPx: 64, heightPx: 64, rgb: new Uint8Array(10) }],
    ['image_wrong_size', { widthPx: Number.NaN, heightPx: 64, rgb: new Uint8Array(0) }],
    ['image_wrong_size', { widthPx: -64, heightPx: 64, rgb: new Uint8Array(0) }],
    ['image_empty', { widthPx: 0, heightPx: 0, rgb: new Uint8Array(0) }],
    ['image_too_large', { widthPx: 50_000, heightPx: 50_000, rgb: new Uint8Array(0) }],
  ])('refuses an image with %s', async (code, image) => {
    await expect(engine.detect(image)).rejects.toMatchObject({ code });
  });
});

describe('looking at the eyes', () => {
  it('tells the left one from the right: in a mirrored picture they change places', async () => {
    const image = drawFace({ rollDeg: 6 });
    const { widthPx, heightPx, rgb } = image;
    // The lower half of the left eye disappears under skin.
    const [leftX, , eyesY] = drawnEyes(widthPx / 2, heightPx / 2, 200);
    for (let y = Math.round(eyesY) - 4; y < eyesY + 12; y++) {
      for (let x = Math.round(leftX) - 22; x < leftX + 22; x++) rgb.set([214, 170, 146], (y * widthPx + x) * 3);
    }
    const mirrored = { widthPx, heightPx, rgb: new Uint8Array(rgb.length) };
    for (let y = 0; y < heightPx; y++) {
      for (let x = 0; x < widthPx; x++) {
        const from = (y * widthPx + x) * 3;
        mirrored.rgb.set(rgb.subarray(from, from + 3), (y * widthPx + widthPx - 1 - x) * 3);
      }
    }
    const [one, other] = await Promise.all([image, mirrored].map(eyesOf));
    expect(Math.abs(one.leftRatio - one.rightRatio)).toBeGreaterThan(0.05);
    expect(other.leftRatio).toBeCloseTo(one.rightRatio, 1);
    expect(other.rightRatio).toBeCloseTo(one.leftRatio, 1);
  });

  it('finds the irises where they are, to a fifth of their size', async () => {
    const [leftX, rightX, eyesY] = drawnEyes(320, 240, 200);
    const { leftIris, rightIris } = await eyesOf(drawFace({}));
    for (const [iris, x] of [
      [leftIris!, leftX],
      [rightIris!, rightX],
    ] as const) {
      expect(iris.diameterPx).toBeGreaterThan(8);
      expect(iris.diameterPx).toBeLessThan(25);
      expect(Math.abs(iris.centre.xPx - x)).toBeLessThan(iris.diameterPx / 5);
      expect(Math.abs(iris.centre.yPx - eyesY)).toBeLessThan(iris.diameterPx / 5);
    }
  });

  async function eyesOf(image: ReturnType<typeof drawFace>) {
    const [face] = await engine.detect(image);
    return engine.eyes(image, await engine.mesh(image, face));
  }
});

describe('laying the mesh', () => {
  it.each([0, 25, -25])('follows a face turned by %i degrees', async (rollDeg) => {
    const image = drawFace({ rollDeg });
    const [face] = await engine.detect(image);
    const { points, score } = await engine.mesh(image, face);
    expect(score).toBeGreaterThan(0.9);
    expect(points).toHaveLength(468 * 3);
    // 33 and 263 are the outer corners of the eyes in the image, 152 is the chin.
    const at = (index: number) => ({ x: points[index * 3], y: points[index * 3 + 1] });
    const eyes = Math.atan2(at(263).y - at(33).y, at(263).x - at(33).x);
    expect(Math.abs((eyes * 180) / Math.PI - rollDeg)).toBeLessThan(4);
    const roll = (rollDeg * Math.PI) / 180;
    expect(Math.hypot(at(152).x - (320 - 100 * Math.sin(roll)), at(152).y - (240 + 100 * Math.cos(roll)))).toBeLessThan(
      15,
    );
    // The nose tip (1) stands out towards the camera from the cheeks (50, 280).
    expect(points[1 * 3 + 2]).toBeLessThan(Math.min(points[50 * 3 + 2], points[280 * 3 + 2]));
  });

  it('says when there is no face in the box', async () => {
    const image = { widthPx: 320, heightPx: 240, rgb: new Uint8Array(320 * 240 * 3).fill(90) };
    const [face] = await engine.detect(drawFace({ widthPx: 320, heightPx: 240, faceHeightPx: 120 }));
    expect((await engine.mesh(image, face)).score).toBeLessThan(0.2);
  });
});

describe('embedding', () => {
  it('gives 1,024 numbers of length 1, the same every time, also when calls overlap', async () => {
    const image = drawFace();
    const other = drawFace({ look: 0, faceHeightPx: 260 });
    const [face] = await engine.detect(image);
    const [otherFace] = await engine.detect(other);
    const first = await engine.embed(image, face);
    const [again, between, mesh, last] = await Promise.all([
      engine.embed(image, face),
      engine.embed(other, otherFace),
      engine.mesh(image, face),
      engine.embed(image, face),
    ]);
    expect(first).toHaveLength(1024);
    expect(Math.hypot(...first)).toBeCloseTo(1, 5);
    expect(again).toEqual(first);
    expect(last).toEqual(first);
    expect(between).not.toEqual(first);
    expect(mesh.score).toBeGreaterThan(0.9);
  });

  it('hardly cares where the face stands, how large it is and how it is turned', async () => {
    const embed = async (drawing: Parameters<typeof drawFace>[0]) => {
      const image = drawFace(drawing);
      return engine.embed(image, (await engine.detect(image))[0]);
    };
    const reference = await embed({});
    const moved = await embed({ centreXPx: 200, centreYPx: 280, faceHeightPx: 160, rollDeg: 15 });
    expect(similarity(reference, moved)).toBeGreaterThan(0.8);
  });

  it('hardly cares how bright the picture is', async () => {
    const image = drawFace();
    const [face] = await engine.detect(image);
    const reference = await engine.embed(image, face);
    for (const power of [0.5, 1.8]) {
      const rgb = image.rgb.map((value) => Math.round(255 * (value / 255) ** power));
      expect(similarity(reference, await engine.embed({ ...image, rgb }, face))).toBeGreaterThan(0.97);
    }
    // Black and white pictures hold nothing to even out, and no number goes wrong.
    for (const level of [0, 255]) {
      const flat = await engine.embed({ ...image, rgb: image.rgb.map(() => level) }, face);
      expect(flat.every(Number.isFinite)).toBe(true);
    }
  });

  it('is the centred raw embedding, so that raw ones of several frames can be summed', async () => {
    const image = drawFace();
    const [face] = await engine.detect(image);
    const raw = await engine.embedRaw(image, face);
    expect(engine.finishEmbedding(raw)).toEqual(await engine.embed(image, face));
    expect(
      similarity(engine.finishEmbedding(raw.map((value) => value * 3)), await engine.embed(image, face)),
    ).toBeCloseTo(1, 5);
  });

  it('refuses detections that cannot be', async () => {
    const image = drawFace();
    const [face] = await engine.detect(image);
    const broken: FaceDetection[] = [
      { ...face, box: { ...face.box, widthPx: Number.NaN } },
      { ...face, box: { ...face.box, xPx: 5000 } },
      { ...face, box: { ...face.box, heightPx: 0 } },
      { ...face, box: { xPx: -1e6, yPx: -1e6, widthPx: 2e6, heightPx: 2e6 } },
      { ...face, keypoints: { ...face.keypoints, noseTip: { xPx: Number.POSITIVE_INFINITY, yPx: 0 } } },
    ];
    for (const detection of broken) {
      await expect(engine.embed(image, detection)).rejects.toMatchObject({ code: 'detection_invalid' });
      await expect(engine.mesh(image, detection)).rejects.toMatchObject({ code: 'detection_invalid' });
    }
  });

  it('names the version of what makes it', () => {
    expect(MODEL_VERSION).toMatch(/^faceres-[0-9a-f]{8}-feed\d+-cohort[0-9a-f]{8}$/);
  });
});

it('refuses work once it is closed', async () => {
  const short = await FaceEngine.create();
  await short.close();
  await short.close();
  await expect(short.detect(drawFace())).rejects.toMatchObject({ code: 'engine_closed' });
});
