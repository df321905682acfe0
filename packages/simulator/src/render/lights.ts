import type { Rgb } from '../scene-types.ts';

export type Vector = readonly [x: number, y: number, z: number];

/**
 * The light of a room: an even one from above and below, and one lamp far away. Values are illuminances in lux of a
 * surface that faces the light; colours are relative linear RGB.
 */
export type RoomLight = {
  readonly skyLux: number;
  readonly skyColour: Rgb;
  readonly groundLux: number;
  readonly groundColour: Rgb;
  readonly keyLux: number;
  readonly keyColour: Rgb;
  /** Towards the lamp; need not be of unit length. */
  readonly keyDirection: Vector;
};

/** A flat screen that gives light: the kiosk's, above or below the camera, facing the scene. */
export type ScreenLight = {
  readonly widthMm: number;
  readonly heightMm: number;
  /** Its middle relative to the camera; x to the image's right, y up. It faces -z as the camera does. */
  readonly centreMm: { readonly x: number; readonly y: number };
  /** Of full white. */
  readonly whiteCdPerM2: number;
};

/** Surfaces that give light themselves have this luminance at emission 1. */
export const PANEL_WHITE_CD_PER_M2 = 250;

export const ROOM_LIGHTS = {
  normal: room(400),
  dim: { ...room(90), keyColour: [1.08, 1, 0.82], skyColour: [1.05, 1, 0.86] },
  bright: { ...room(1_600), keyLux: 1_250, keyDirection: [0.75, 0.5, 0.55] },
} as const satisfies Record<string, RoomLight>;
export type LightName = keyof typeof ROOM_LIGHTS;

/** A 15.6 inch portrait touch screen with the camera on its upper edge. */
export const KIOSK_SCREEN: ScreenLight = {
  widthMm: 194,
  heightMm: 345,
  centreMm: { x: 0, y: -195 },
  whiteCdPerM2: 300,
};

function room(lux: number): RoomLight {
  return {
    skyLux: 0.62 * lux,
    skyColour: [0.98, 1, 1.04],
    groundLux: 0.36 * lux,
    groundColour: [1.04, 1, 0.94],
    keyLux: 0.75 * lux,
    keyColour: [1.03, 1, 0.95],
    keyDirection: [0.35, 0.55, 0.8],
  };
}
