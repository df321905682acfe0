import type { Frame } from '@smile/camera';
import { type Backdrop, paintBackdrop } from '../render/backdrop.ts';
import { type Layers, type RenderOptions, renderInSteps } from '../render/layers.ts';
import { KIOSK_SCREEN, type LightName, ROOM_LIGHTS, type RoomLight, type ScreenLight } from '../render/lights.ts';
import { type View, viewOfFace } from '../render/view.ts';
import type { Pose, Rgb, SceneMesh, Subject } from '../scene-types.ts';
import { exposureFor, type Meter, meterOf } from '../sensor/automatics.ts';
import { type Exposure, type PackedLight, packBackdrop, packLight, takeColour } from '../sensor/colour-camera.ts';
import {
  DEFAULT_DEPTH_SENSOR,
  type DepthSensor,
  type SensedDepth,
  senseBackdrop,
  senseLayers,
  takeDepth,
} from '../sensor/depth-camera.ts';

/** What the kiosk's screen shows while nothing is asked of it: a light page. */
export const RESTING_SCREEN: Rgb = [0.5, 0.5, 0.5];

export type StudioOptions = {
  readonly seed: number;
  /** Of the subject's face from the camera. */
  readonly distanceMm?: number;
  readonly light?: LightName | RoomLight;
  readonly screen?: ScreenLight;
  readonly sensor?: Partial<DepthSensor>;
  readonly bystander?: Subject | null;
};

/** Someone in a pose, rendered and seen by the sensor, but without noise yet. */
export type Shot = {
  readonly light: PackedLight;
  readonly sensed: SensedDepth;
  /** What an automatic exposure would choose under the resting screen. */
  readonly exposure: Exposure;
  readonly meter: Meter;
};

/** Memory a shot takes. */
export function shotBytes({ light, sensed }: Shot): number {
  const arrays = [light.ambient, light.screen, sensed.disparity, sensed.sigma, sensed.holes];
  return arrays.reduce((sum, array) => sum + array.byteLength, 0);
}

/** From the camera to a bystander's place: beside and behind the one who is served. */
const BYSTANDER_OFFSET_MM = { x: 235, y: 15, z: -330 };

/** A camera in a room. It renders subjects into shots and takes any number of noisy frames of a shot. */
export class Studio {
  readonly view: View;
  readonly #room: RoomLight;
  readonly #screen: ScreenLight;
  readonly #sensor: DepthSensor;
  readonly #seed: number;
  readonly #bystander: Subject | null;
  readonly #backdrop: Backdrop;
  readonly #backdropLight: PackedLight;
  readonly #sensedBackdrop: SensedDepth;

  constructor(options: StudioOptions) {
    this.view = viewOfFace(options.distanceMm ?? 550);
    this.#room = typeof options.light === 'object' ? options.light : ROOM_LIGHTS[options.light ?? 'normal'];
    this.#screen = options.screen ?? KIOSK_SCREEN;
    this.#sensor = { ...DEFAULT_DEPTH_SENSOR, ...options.sensor };
    this.#seed = options.seed;
    this.#bystander = options.bystander ?? null;
    const shop = shopOf(this.view, this.#room, this.#screen, this.#sensor, options.seed);
    this.#backdrop = shop.backdrop;
    this.#backdropLight = shop.light;
    this.#sensedBackdrop = shop.sensed;
  }

  render(subject: Subject | null, pose: Pose, options: RenderOptions = {}): Shot {
    const steps = this.renderInSteps(subject, pose, options);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
    }
  }

  /** The same with pauses, for a thread that has other things to do meanwhile. */
  *renderInSteps(subject: Subject | null, pose: Pose, options: RenderOptions = {}): Generator<void, Shot, void> {
    const meshes: SceneMesh[] = subject ? subject.meshes(pose) : [];
    if (this.#bystander) meshes.push(...this.#bystander.meshes({ ...pose, offsetMm: beside(pose) }));
    yield;
    const { view } = this;
    const scene = { meshes, view, room: this.#room, screen: this.#screen, backdrop: this.#backdrop };
    const layers: Layers = yield* renderInSteps(scene, options);
    yield;
    const sensed = senseLayers(layers, view, this.#sensor, this.#seed);
    yield;
    const meter = meterOf(layers);
    return { light: packLight(layers), sensed, exposure: exposureFor(meter, RESTING_SCREEN), meter };
  }

  take(
    shot: Shot,
    options: {
      readonly sequence: number;
      readonly deviceTimeMs: number;
      readonly exposure: Exposure;
      readonly balance?: Rgb;
      readonly screenColour?: Rgb | ((row: number) => Rgb);
      readonly noiseSeed: number;
    },
  ): Frame {
    const { sequence, deviceTimeMs, exposure, balance, noiseSeed, screenColour = RESTING_SCREEN } = options;
    const seeds = { scene: this.#seed, frame: noiseSeed };
    return {
      sequence,
      deviceTimeMs,
      colour: takeColour(this.#backdropLight, shot.light, { screenColour, exposure, balance, noiseSeed }),
      depth: takeDepth(this.#sensedBackdrop, shot.sensed, this.view, this.#sensor, seeds),
      intrinsics: this.view.intrinsics,
    };
  }
}

type Shop = { readonly backdrop: Backdrop; readonly light: PackedLight; readonly sensed: SensedDepth };

const shops = new Map<string, Shop>();
const MAX_SHOPS = 3;

/** The latest shops are kept: whoever compares subjects has them stand in the same one. */
function shopOf(view: View, room: RoomLight, screen: ScreenLight, sensor: DepthSensor, seed: number): Shop {
  const key = JSON.stringify([view.intrinsics, room, screen, sensor, seed]);
  let shop = shops.get(key);
  if (!shop) {
    const backdrop = paintBackdrop(view.intrinsics, room, screen, seed);
    shop = { backdrop, light: packBackdrop(backdrop), sensed: senseBackdrop(backdrop, view, sensor) };
  }
  shops.delete(key);
  shops.set(key, shop);
  if (shops.size > MAX_SHOPS) shops.delete(shops.keys().next().value as string);
  return shop;
}

/** The bystander sways the other way round. */
function beside(pose: Pose): Pose['offsetMm'] {
  const { x, y, z } = pose.offsetMm;
  return { x: BYSTANDER_OFFSET_MM.x - x, y: BYSTANDER_OFFSET_MM.y + y, z: BYSTANDER_OFFSET_MM.z - z };
}
