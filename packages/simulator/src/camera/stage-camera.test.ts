import type { DepthImage, Frame } from '@smile/camera';
import { frameFault } from '@smile/camera';
import { afterAll, describe, expect, it } from 'vitest';
import { SimulatedCameraDriver, StageCamera, type StageScene } from './stage-camera.ts';

const PERSON = { kind: 'procedural', seed: 5, traits: { hairStyle: 'buzz' } } as const;
const SCENE: StageScene = {
  subject: PERSON,
  smiling: true,
  distanceMm: 550,
  offCentreMm: 0,
  light: 'normal',
  bystander: null,
};

const camera = new StageCamera();
afterAll(() => camera.close());

async function read(from: StageCamera, count: number): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of from.frames(AbortSignal.timeout(15_000))) {
    frames.push(frame);
    if (frames.length === count) break;
  }
  return frames;
}

/** Share of the picture's middle that is nearer than the wall. */
function nearShare(depth: DepthImage | null): number {
  let [near, all] = [0, 0];
  for (let y = 180; y < 300; y += 2) {
    for (let x = 260; x < 380; x += 2) {
      const mm = (depth?.values[y * 640 + x] ?? 0) * (depth?.unitMm ?? 1);
      all += 1;
      if (mm > 300 && mm < 800) near += 1;
    }
  }
  return near / all;
}

describe('the live simulated camera', () => {
  it('begins with nobody before it, and shows whoever steps there', async () => {
    const [empty] = await read(camera, 1);
    expect(frameFault(empty)).toBeNull();
    expect(nearShare(empty.depth)).toBe(0);
    await camera.setScene(SCENE);
    expect(camera.scene).toBe(SCENE);
    const frames = await read(camera, 3);
    expect(nearShare((frames.at(-1) as Frame).depth)).toBeGreaterThan(0.6);
  });

  it('numbers the frames of each reading from 0, with a clock that runs forwards', async () => {
    const frames = await read(camera, 6);
    expect(frames.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5]);
    for (let i = 1; i < frames.length; i += 1) {
      const stepMs = frames[i].deviceTimeMs - frames[i - 1].deviceTimeMs;
      expect(stepMs).toBeGreaterThan(5);
      expect(stepMs).toBeLessThan(1_500);
    }
    const later = await read(camera, 1);
    expect(later[0].sequence).toBe(0);
    expect(later[0].deviceTimeMs).toBeGreaterThan(frames[5].deviceTimeMs);
  });

  it('never gives the same picture twice, even of somebody who stands still', async () => {
    const [a, b] = await read(camera, 2);
    expect(Buffer.from(a.colour.rgb).equals(Buffer.from(b.colour.rgb))).toBe(false);
  });

  it('lets its white balance follow the light of the screen, unless it is held', async () => {
    const own = new StageCamera({ framesPerSecond: 20 });
    await own.setScene(SCENE);
    /** Red over blue in the middle, where the face is. */
    const warmth = ({ colour }: Frame) => {
      const sums = [0, 0, 0];
      for (let y = 200; y < 280; y += 1)
        for (let x = 280; x < 360; x += 1) for (let c = 0; c < 3; c += 1) sums[c] += colour.rgb[(y * 640 + x) * 3 + c];
      return sums[0] / sums[2];
    };
    const shownFor = async (held: boolean) => {
      expect(await own.lockColour(held)).toBe(held);
      own.showColour([1, 0.3, 0]);
      const frames = await read(own, 30);
      own.showColour([0.5, 0.5, 0.5]);
      const last = frames.slice(-4).map(warmth);
      return last.reduce((sum, value) => sum + value, 0) / last.length;
    };
    const rest = warmth((await read(own, 2))[1]);
    const held = await shownFor(true);
    const free = await shownFor(false);
    await own.close();
    expect(held / rest).toBeGreaterThan(1.03);
    expect(Math.abs(free / rest - 1)).toBeLessThan((held / rest - 1) / 2);
    expect(await own.lockColour(true)).toBe(false);
  });

  it('casts the colour of the screen on the scene', async () => {
    const greenShare = async () => {
      const { rgb } = ((await read(camera, 4)).at(-1) as Frame).colour;
      let [green, all] = [0, 0];
      for (let y = 200; y < 260; y += 1) {
        for (let x = 300; x < 340; x += 1) {
          const at = (y * 640 + x) * 3;
          green += rgb[at + 1];
          all += rgb[at] + rgb[at + 1] + rgb[at + 2];
        }
      }
      return green / all;
    };
    camera.showColour([0, 1, 0]);
    const green = await greenShare();
    camera.showColour([1, 0, 1]);
    expect(green).toBeGreaterThan((await greenShare()) + 0.01);
    expect(() => camera.showColour([0, 2, 0])).toThrow(RangeError);
    expect(() => camera.showColour([0, Number.NaN, 0])).toThrow(RangeError);
  });

  it('is read by one consumer at a time', async () => {
    const first = camera.frames(AbortSignal.timeout(10_000));
    await first.next();
    await expect(camera.frames(AbortSignal.timeout(1_000)).next()).rejects.toThrow('one consumer');
    await first.return(undefined);
    expect(await read(camera, 1)).toHaveLength(1);
  });

  it('says what is wrong with a scene and keeps the one it has', async () => {
    await expect(camera.setScene({ ...SCENE, distanceMm: 20 })).rejects.toThrow('nobody can stand at 20 mm');
    await expect(camera.setScene({ ...SCENE, offCentreMm: 4_000 })).rejects.toThrow(RangeError);
    await expect(camera.setScene({ ...SCENE, yawDeg: Number.NaN })).rejects.toThrow(RangeError);
    const nobody = { ...SCENE, subject: { kind: 'procedural', seed: 0.5 } } as const;
    await expect(camera.setScene(nobody)).rejects.toThrow('0.5 is no seed');
    expect(nearShare((await read(camera, 1))[0].depth)).toBeGreaterThan(0.6);
  });

  it('lets any instrument be held up', async () => {
    await camera.setScene({ ...SCENE, subject: { kind: 'glossy-print', of: PERSON } });
    const frames = await read(camera, 2);
    expect(nearShare((frames.at(-1) as Frame).depth)).toBeGreaterThan(0.6);
  });

  it('refuses frame rates that no camera has', () => {
    expect(() => new StageCamera({ framesPerSecond: 0 })).toThrow(RangeError);
    expect(() => new StageCamera({ framesPerSecond: Number.NaN })).toThrow(RangeError);
  });
});

describe('its driver', () => {
  it('lists one camera, opens it by its id, and says so when there is none', async () => {
    const driver = new SimulatedCameraDriver();
    const [info] = await driver.list();
    expect(info).toMatchObject({ driver: 'simulator', kind: 'simulated' });
    await expect(driver.open('another')).rejects.toThrow('no simulated camera called another');
    const opened = await driver.open(info.id);
    expect(opened.info).toEqual(info);

    // Closed while somebody reads: the reader is told, and so is whoever asks afterwards.
    const reading = opened.frames(new AbortController().signal);
    await reading.next();
    await opened.close();
    const rest = (async () => {
      for (;;) if ((await reading.next()).done) return;
    })();
    await expect(rest).rejects.toThrow('closed');
    await expect(opened.setScene(SCENE)).rejects.toThrow('closed');
    await opened.close();
  });

  it('stops quietly when its reader does', async () => {
    const opened = await new SimulatedCameraDriver().open('simulated');
    const controller = new AbortController();
    const seen: number[] = [];
    for await (const { sequence } of opened.frames(controller.signal)) {
      seen.push(sequence);
      controller.abort();
    }
    expect(seen).toEqual([0]);
    await opened.close();
  });
});
