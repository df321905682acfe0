import type { ColourImage } from '@smile/camera';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaceEngine } from './face-engine.ts';
import { faceQuality, QUALITY_GATES, qualityFaults } from './quality.ts';
import { type DrawnFaceOptions, drawFace } from './testing.ts';

let engine: FaceEngine;
beforeAll(async () => {
  engine = await FaceEngine.create();
});
afterAll(() => engine.close());

/** Detection and mesh come from the untouched drawing, so that only what is measured changes. */
async function measure(change: (image: ColourImage) => ColourImage = (image) => image, drawing?: DrawnFaceOptions) {
  const image = drawFace({ faceHeightPx: 260, ...drawing });
  const [face] = await engine.detect(image);
  return faceQuality(change(image), face, await engine.mesh(image, face), { others: [face] });
}

function everyPixel(image: ColourImage, change: (value: number, column: number) => number): ColourImage {
  const rgb = image.rgb.map((value, i) => Math.min(255, Math.max(0, change(value, Math.floor(i / 3) % image.widthPx))));
  return { ...image, rgb };
}

function blurred(image: ColourImage, reach: number): ColourImage {
  const rgb = image.rgb.slice();
  const { widthPx, heightPx } = image;
  for (let y = reach; y < heightPx - reach; y++) {
    for (let x = reach; x < widthPx - reach; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let dy = -reach; dy <= reach; dy++)
          for (let dx = -reach; dx <= reach; dx++) sum += image.rgb[((y + dy) * widthPx + x + dx) * 3 + channel];
        rgb[(y * widthPx + x) * 3 + channel] = sum / (2 * reach + 1) ** 2;
      }
    }
  }
  return { ...image, rgb };
}

describe('the quality of a face', () => {
  it('is good enough to enrol when the face is near, straight, lit and sharp', async () => {
    const quality = await measure();
    expect(qualityFaults(quality, QUALITY_GATES.enrolment)).toEqual([]);
    expect(quality.overall).toBeGreaterThan(50);
  });

  it('falls with every blur more, and then asks to hold still', async () => {
    const values = [];
    for (const reach of [0, 2, 5, 9]) values.push(await measure((image) => (reach ? blurred(image, reach) : image)));
    const sharpness = values.map(({ components }) => components.sharpness);
    expect(sharpness).toEqual(sharpness.toSorted((a, b) => b - a));
    expect(qualityFaults(values[3], QUALITY_GATES.verification)).toMatchObject([{ hint: 'hold_still' }]);
  });

  it('asks for more light in the dark and for less in the glare', async () => {
    const dark = await measure((image) => everyPixel(image, (value) => value * 0.08));
    expect(qualityFaults(dark, QUALITY_GATES.verification)[0]).toMatchObject({
      component: 'exposure',
      hint: 'more_light',
    });
    const glare = await measure((image) => everyPixel(image, (value) => value * 2.5));
    expect(qualityFaults(glare, QUALITY_GATES.verification)[0]).toMatchObject({ hint: 'less_light' });
  });

  it('asks for even light when one half is in the shade', async () => {
    const shaded = await measure((image) => everyPixel(image, (value, x) => (x < 320 ? value * 0.4 : value)));
    expect(qualityFaults(shaded, QUALITY_GATES.enrolment).map(({ hint }) => hint)).toContain('even_light');
  });

  it('asks to come closer when there are few pixels between the eyes', async () => {
    const small = await measure(undefined, { faceHeightPx: 60 });
    expect(qualityFaults(small, QUALITY_GATES.verification).map(({ hint }) => hint)).toContain('come_closer');
  });

  it('asks for a straight look, open eyes, a whole face and one person', async () => {
    const image = drawFace({ faceHeightPx: 260 });
    const [face] = await engine.detect(image);
    const mesh = await engine.mesh(image, face);
    const hints = (points: Float32Array, score = mesh.score, others = [face]) =>
      qualityFaults(faceQuality(image, face, { points, score }, { others }), QUALITY_GATES.enrolment).map(
        ({ hint }) => hint,
      );

    const turned = mesh.points.slice();
    for (let i = 0; i < turned.length; i += 3) turned[i + 2] += 0.9 * (turned[i] - 320);
    expect(hints(turned)).toContain('look_here');

    const shut = mesh.points.slice();
    for (const [upper, lower] of [
      [159, 145],
      [386, 374],
    ])
      shut.copyWithin(upper * 3, lower * 3, lower * 3 + 3);
    expect(hints(shut)).toEqual(['open_your_eyes']);
    // Where the eyes were looked at themselves, the mesh's lids are not asked.
    const looked = (eyeOpenRatio: number) => faceQuality(image, face, { ...mesh, points: shut }, { eyeOpenRatio });
    expect(qualityFaults(looked(0.45), QUALITY_GATES.enrolment)).toEqual([]);
    expect(qualityFaults(looked(0.28), QUALITY_GATES.enrolment)).toMatchObject([{ hint: 'open_your_eyes' }]);
    expect(qualityFaults(looked(0.28), QUALITY_GATES.enrolment, ['eyesOpen'])).toEqual([]);

    expect(hints(mesh.points, 0.3)).toEqual(['uncover_your_face']);

    const neighbour = { ...face, box: { ...face.box, xPx: face.box.xPx + 2 * face.box.widthPx } };
    expect(hints(mesh.points, mesh.score, [face, neighbour])).toEqual(['one_person_please']);
  });

  it('gives numbers from 0 to 100 for a face at the edge or a mesh that is none', async () => {
    const image = drawFace({ faceHeightPx: 260 });
    const [face] = await engine.detect(image);
    const mesh = await engine.mesh(image, face);
    for (const points of [
      mesh.points.map((value) => value - 400),
      mesh.points.map(() => Number.NaN),
      mesh.points.map(() => 0),
    ]) {
      const { components, overall } = faceQuality(image, face, { points, score: mesh.score });
      for (const value of [...Object.values(components), overall]) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(100);
      }
      expect(
        qualityFaults({ components, overall, luma: 100, tooDark: true }, QUALITY_GATES.verification).length,
      ).toBeGreaterThan(0);
    }
  });
});
