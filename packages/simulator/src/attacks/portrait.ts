import type { ColourImage } from '@smile/camera';
import { facePoints } from '../photo/face-points.ts';
import { enlarge } from '../photo/photo-texture.ts';
import { paintBackdrop } from '../render/backdrop.ts';
import { renderLayers } from '../render/layers.ts';
import { KIOSK_SCREEN, ROOM_LIGHTS } from '../render/lights.ts';
import { regionSize } from '../render/view.ts';
import { type LinearTexture, NEUTRAL_POSE, type Pose, type Subject } from '../scene-types.ts';
import { exposureFor, meterOf } from '../sensor/automatics.ts';
import { linearOf } from '../sensor/colour-camera.ts';

/** A picture of a face that knows its scale: what prints and replays are made of. */
export type Portrait = {
  /** Linear light, 1 is the picture's white. */
  readonly picture: LinearTexture;
  /** Of the face. */
  readonly mmPerPx: number;
  /** The point between the eyes, in pixels of the picture. */
  readonly eyesPx: { readonly x: number; readonly y: number };
};

const WIDTH_PX = 460;
const HEIGHT_PX = 600;
/** A portrait is taken from a step further back. */
const CAMERA_Z_MM = 1_000;
const EYE_PLANE_MM = 80;
const PX_PER_MM = 1.9;
const EYES_AT = { x: WIDTH_PX / 2, y: 250 };

/** Some photos of each subject are kept while the subject is: attackers take one and use it for many instruments. */
const albums = new WeakMap<Subject, Map<string, Portrait>>();
const ALBUM_PHOTOS = 8;

/** Takes a photo of a subject in a pose, in friendly light; `seed` is the place it is taken at. */
export function takePortrait(subject: Subject, pose: Partial<Pose> = {}, seed = 1): Portrait {
  const album = albums.get(subject) ?? new Map<string, Portrait>();
  albums.set(subject, album);
  const key = JSON.stringify([pose, seed]);
  const photo = album.get(key) ?? photograph(subject, pose, seed);
  if (album.size >= ALBUM_PHOTOS) album.delete(album.keys().next().value as string);
  album.set(key, photo);
  return photo;
}

function photograph(subject: Subject, pose: Partial<Pose>, seed: number): Portrait {
  const focalPx = PX_PER_MM * (CAMERA_Z_MM - EYE_PLANE_MM);
  const intrinsics = {
    widthPx: WIDTH_PX,
    heightPx: HEIGHT_PX,
    fxPx: focalPx,
    fyPx: focalPx,
    cxPx: EYES_AT.x,
    cyPx: EYES_AT.y,
  };
  const room = { ...ROOM_LIGHTS.normal, keyLux: 180, keyDirection: [0.25, 0.5, 0.85] as const };
  const backdrop = paintBackdrop(intrinsics, room, KIOSK_SCREEN, seed + 91);
  const meshes = subject.meshes({ ...NEUTRAL_POSE, ...pose });
  const view = { intrinsics, cameraZMm: CAMERA_Z_MM };
  const layers = renderLayers({ meshes, view, room, screen: KIOSK_SCREEN, backdrop });
  const exposure = exposureFor(meterOf(layers), [0, 0, 0]) * 1.15;
  const rgb = backdrop.ambient.map((light) => Math.min(1, light * exposure));
  const { widthPx, heightPx } = regionSize(layers);
  for (let y = 0; y < heightPx; y += 1) {
    const to = ((layers.topPx + y) * WIDTH_PX + layers.leftPx) * 3;
    for (let i = 0; i < widthPx * 3; i += 1) rgb[to + i] = Math.min(1, layers.ambient[y * widthPx * 3 + i] * exposure);
  }
  return { picture: { widthPx: WIDTH_PX, heightPx: HEIGHT_PX, rgb }, mmPerPx: 1 / PX_PER_MM, eyesPx: EYES_AT };
}

/** A photo as it is, with its scale taken from the face mesh laid over it. */
export function portraitOfPhoto(image: ColourImage, meshPoints: Float32Array): Portrait {
  const points = facePoints(meshPoints);
  const factor = Math.max(1, Math.min(4, Math.round(WIDTH_PX / image.widthPx)));
  const rgb = Float32Array.from(image.rgb, linearOf);
  const picture = enlarge({ widthPx: image.widthPx, heightPx: image.heightPx, rgb }, factor);
  const [x, y] = points.toPhoto(0, 0);
  return {
    picture,
    mmPerPx: points.mmPerPx / factor,
    eyesPx: { x: (x + 0.5) * factor - 0.5, y: (y + 0.5) * factor - 0.5 },
  };
}
