import { describe, expect, it } from 'vitest';
import { sharpArea } from './preview.ts';

const picture = { width: 640, height: 480 };

describe('what is shown sharply', () => {
  it('is the whole head around the face, and nothing else', () => {
    const area = sharpArea({ x: 0.4, y: 0.35, width: 0.2, height: 0.3 }, picture);
    expect(area).toMatchObject({ x: 320, y: 240 });
    // Higher than the box of the face, for hair and neck, and hardly wider...
    expect(area.radiusX).toBeGreaterThan(0.5 * 0.2 * 640);
    expect(area.radiusY).toBeGreaterThan(0.5 * 0.3 * 480 * 1.5);
    // ...so that somebody whose face begins half a face's width beside it stays a blur.
    const neighbour = (0.4 + 0.2 + 0.1) * 640;
    expect(area.x + area.radiusX).toBeLessThan(neighbour);
  });
});
