import type { ColourImage } from '@smile/camera';
import { describe, expect, it } from 'vitest';
import { LetterboxResizer, type PixelFormat, warpToPlanes } from './warp.ts';

const plain: PixelFormat = { channelOrder: 'rgb', meanRgb: [0, 0, 0], scale: 1 };
const canvas = { widthPx: 32, heightPx: 32 };
const identity = { a: 1, b: 0, tx: 0, ty: 0 };

/** Red grows to the right, green downwards, blue is constant. */
function ramp(widthPx: number, heightPx: number): ColourImage {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) rgb.set([x * 4, y * 4, 77], (y * widthPx + x) * 3);
  }
  return { widthPx, heightPx, rgb };
}

function warp(image: ColourImage, toImage: typeof identity, sidePx: number, format = plain) {
  const planes = new Float32Array(3 * sidePx * sidePx);
  const mirrored = new Float32Array(planes.length);
  warpToPlanes(image, toImage, sidePx, format, planes, mirrored);
  return {
    planes,
    mirrored,
    at: (channel: number, x: number, y: number) => planes[channel * sidePx * sidePx + y * sidePx + x],
  };
}

describe('warping', () => {
  it('copies pixels when nothing is moved', () => {
    const { at } = warp(ramp(16, 16), identity, 16);
    expect([at(0, 5, 9), at(1, 5, 9), at(2, 5, 9)]).toEqual([20, 36, 77]);
    expect([at(0, 15, 15), at(1, 0, 0)]).toEqual([60, 0]);
  });

  it('interpolates between pixels and turns clockwise with b', () => {
    const half = warp(ramp(40, 40), { a: 1, b: 0, tx: 10.5, ty: 10.25 }, 8).at;
    expect(half(0, 0, 0)).toBeCloseTo(42, 4);
    expect(half(1, 0, 0)).toBeCloseTo(41, 4);
    const turned = warp(ramp(40, 40), { a: 0, b: 1, tx: 30, ty: 4 }, 8).at;
    // Going right in the crop goes down in the image.
    expect(turned(1, 3, 0) - turned(1, 0, 0)).toBeCloseTo(12, 4);
    expect(turned(0, 0, 3) - turned(0, 0, 0)).toBeCloseTo(-12, 4);
  });

  it('gives the same inside the image and at its edge', () => {
    const image = ramp(60, 60);
    const inside = warp(image, { a: 1.9, b: 0.2, tx: 8, ty: 3 }, 20);
    const overEdge = warp(image, { a: 1.9, b: 0.2, tx: 8, ty: 3 }, 40);
    for (const [x, y] of [
      [0, 0],
      [7, 3],
      [19, 19],
    ]) {
      for (const channel of [0, 1, 2]) expect(inside.at(channel, x, y)).toBeCloseTo(overEdge.at(channel, x, y), 3);
    }
  });

  it('continues the border beyond the image', () => {
    const { at } = warp(ramp(16, 16), { a: 1, b: 0, tx: -8, ty: 30 }, 8);
    expect([at(0, 0, 0), at(1, 0, 0)]).toEqual([0, 60]);
  });

  it('averages over the area when it shrinks', () => {
    const image = ramp(64, 64);
    for (let pixel = 0; pixel < 64 * 64; pixel++) image.rgb[pixel * 3 + 2] = (pixel + (pixel >> 6)) % 2 ? 200 : 0;
    const { at } = warp(image, { a: 4, b: 0, tx: 0, ty: 0 }, 16);
    for (const x of [1, 7, 14]) expect(at(2, x, 8)).toBeCloseTo(100, 0);
  });

  it('orders and shifts channels as a network wants them', () => {
    const format: PixelFormat = { channelOrder: 'bgr', meanRgb: [1, 2, 3], scale: 0.5 };
    const { at } = warp(ramp(16, 16), identity, 16, format);
    expect([at(0, 5, 9), at(1, 5, 9), at(2, 5, 9)]).toEqual([37, 17, 9.5]);
  });

  it('mirrors left to right', () => {
    const { planes, mirrored } = warp(ramp(16, 16), identity, 16);
    expect(mirrored[3 * 16 + 2]).toBe(planes[3 * 16 + 13]);
    expect(mirrored[256 + 3 * 16 + 2]).toBe(planes[256 + 3 * 16 + 13]);
  });
});

describe('letterboxing', () => {
  it('centres the image and leaves the rest black', () => {
    const planes = new Float32Array(3 * 32 * 32);
    const box = new LetterboxResizer().resize(ramp(64, 32), canvas, 1, { ...plain, meanRgb: [10, 10, 10] }, planes);
    expect(box).toEqual({ scale: 0.5, offsetXPx: 0, offsetYPx: 8 });
    expect(planes[0]).toBe(-10);
    // Column 4 covers the source's columns 8 and 9; row 10 is row 2 of the image, rows 4 and 5 of the source.
    expect(planes[10 * 32 + 4]).toBeCloseTo((32 + 36) / 2 - 10, 4);
    expect(planes[32 * 32 + 10 * 32 + 4]).toBeCloseTo((16 + 20) / 2 - 10, 4);
  });

  it.each([
    [100, 75],
    [33, 200],
    [16, 16],
  ])('keeps a flat image of %ix%i flat', (widthPx, heightPx) => {
    const planes = new Float32Array(3 * 32 * 32);
    const rgb = new Uint8Array(widthPx * heightPx * 3).fill(90);
    const { scale, offsetXPx, offsetYPx } = new LetterboxResizer().resize(
      { widthPx, heightPx, rgb },
      canvas,
      0.75,
      plain,
      planes,
    );
    const values = new Set([...planes].map((value) => Math.round(value * 100) / 100));
    expect([...values].sort()).toEqual([0, 90]);
    expect(planes.filter((value) => value > 0).length / 3).toBeCloseTo(
      Math.round(widthPx * scale) * Math.round(heightPx * scale),
      0,
    );
    expect(offsetXPx).toBeGreaterThanOrEqual(4);
    expect(offsetYPx).toBeGreaterThanOrEqual(4);
  });

  it('answers the same after images of other sizes', () => {
    const resizer = new LetterboxResizer();
    const first = new Float32Array(3 * 32 * 32);
    const again = new Float32Array(3 * 32 * 32);
    resizer.resize(ramp(50, 40), canvas, 1, plain, first);
    resizer.resize(ramp(20, 60), canvas, 0.5, plain, again);
    resizer.resize(ramp(50, 40), canvas, 1, plain, again);
    expect(again).toEqual(first);
  });
});
