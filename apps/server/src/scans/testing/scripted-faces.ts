import type { Frame } from '@smile/camera';
import type { EyeReading, FaceDetection, FaceMesh, FaceQuality, QualityComponents } from '@smile/face';
import type { FaceReader } from '../judge/types.ts';

/** A face as a script puts it: centre 0..1 of the picture, and who it is (by a number). */
export type ScriptedFace = {
  readonly x: number;
  readonly y: number;
  readonly widthPx: number;
  readonly depthMm?: number;
  readonly yawDeg?: number;
  readonly who?: number;
};

export type ScriptedFrame = Frame & { readonly faces: readonly ScriptedFace[] };

/** Who is on a picture, for the time when it is embedded. */
const people = new WeakMap<Frame['colour'], number>();

/** A frame with depth, but no picture, of faces. */
export function frameWith(script: {
  readonly faces: readonly ScriptedFace[];
  readonly sequence?: number;
  readonly timeMs?: number;
  readonly luma?: number;
}): ScriptedFrame {
  const [widthPx, heightPx] = [640, 480];
  const depth = { widthPx, heightPx, unitMm: 1, values: new Uint16Array(widthPx * heightPx).fill(1_600) } as const;
  const frame: Frame = {
    sequence: script.sequence ?? 0,
    deviceTimeMs: script.timeMs ?? 0,
    colour: { widthPx, heightPx, rgb: new Uint8Array(widthPx * heightPx * 3).fill(script.luma ?? 130) },
    depth,
    intrinsics: { widthPx, heightPx, fxPx: 570, fyPx: 570, cxPx: 319.5, cyPx: 239.5 },
  };
  for (const face of script.faces) {
    const { box } = detectionAt(frame, face);
    const left = Math.max(0, Math.round(box.xPx));
    const right = Math.min(widthPx, Math.round(box.xPx + box.widthPx));
    for (let y = Math.max(0, Math.round(box.yPx)); y < Math.min(heightPx, box.yPx + box.heightPx); y += 1) {
      depth.values.fill(face.depthMm ?? 550, y * widthPx + left, y * widthPx + right);
    }
  }
  people.set(frame.colour, script.faces[0]?.who ?? 0);
  return { ...frame, faces: script.faces };
}

export function detectionAt(frame: Frame, face: ScriptedFace): FaceDetection {
  const centreX = face.x * frame.colour.widthPx;
  const centreY = face.y * frame.colour.heightPx;
  const { widthPx } = face;
  const point = (dx: number, dy: number) => ({ xPx: centreX + dx * widthPx, yPx: centreY + dy * widthPx });
  return {
    box: { xPx: centreX - widthPx / 2, yPx: centreY - widthPx / 2, widthPx, heightPx: widthPx },
    score: 0.9,
    keypoints: {
      leftEye: point(-0.2, -0.2),
      rightEye: point(0.2, -0.2),
      noseTip: point(0, 0.05),
      mouthCentre: point(0, 0.25),
      leftEar: point(-0.5, -0.1),
      rightEar: point(0.5, -0.1),
    },
  };
}

/** A mesh of which only the points of the head's pose are set about the face's centre; all others lie in it. */
export function meshTurned(yawDeg: number, pitchDeg = 0, centre = { xPx: 0, yPx: 0 }, widthPx = 140): Float32Array {
  const points = new Float32Array(468 * 3);
  const yaw = (yawDeg * Math.PI) / 180;
  const pitch = (pitchDeg * Math.PI) / 180;
  const size = widthPx / 140;
  for (let index = 0; index < 468; index += 1) points.set([centre.xPx, centre.yPx, 0], index * 3);
  const put = (index: number, x: number, y: number, z: number) =>
    points.set([centre.xPx + x * size, centre.yPx + y * size, z * size], index * 3);
  put(234, -70 * Math.cos(yaw), 0, -70 * Math.sin(yaw));
  put(454, 70 * Math.cos(yaw), 0, 70 * Math.sin(yaw));
  put(10, 0, -90 * Math.cos(pitch), 90 * Math.sin(pitch));
  put(152, 0, 90 * Math.cos(pitch), -90 * Math.sin(pitch));
  return points;
}

/** A face engine that sees what the script says; embeddings are one axis for each person, with a little noise. */
export class ScriptedReader implements FaceReader {
  #current: ScriptedFrame | null = null;
  embedded = 0;
  detected = 0;
  spoilt: Partial<QualityComponents> = {};

  show(frame: ScriptedFrame): void {
    this.#current = frame;
  }

  async detect(): Promise<FaceDetection[]> {
    this.detected += 1;
    const frame = this.#shown();
    return frame.faces.map((face) => detectionAt(frame, face));
  }

  /** As the network does, lays a mesh on whatever face is near; on none it is sure of nothing. */
  async mesh(_image: unknown, { box }: FaceDetection): Promise<FaceMesh> {
    const frame = this.#shown();
    const off = (face: ScriptedFace) => Math.abs(face.x * frame.colour.widthPx - (box.xPx + box.widthPx / 2));
    const [face] = [...frame.faces].sort((one, other) => off(one) - off(other));
    if (!face || off(face) > box.widthPx / 2) return { points: meshTurned(0), score: 0 };
    const centre = { xPx: face.x * frame.colour.widthPx, yPx: face.y * frame.colour.heightPx };
    return { points: meshTurned(face.yawDeg ?? 0, 0, centre, face.widthPx), score: 1 };
  }

  async eyes(): Promise<EyeReading> {
    return { leftRatio: 0.45, rightRatio: 0.45, leftIris: null, rightIris: null };
  }

  /** Good pictures, as bright as the script says, unless a test spoils them. */
  quality(image: Frame['colour']): FaceQuality {
    const components = {
      sharpness: 80,
      exposure: 100,
      lightBalance: 80,
      pose: 100,
      eyesOpen: 100,
      eyeDistance: 100,
      unobstructed: 100,
      onePerson: 100,
      ...this.spoilt,
    };
    return { components, overall: 90, luma: image.rgb[0], tooDark: false };
  }

  async embedRaw(image: Frame['colour']): Promise<Float32Array> {
    this.embedded += 1;
    const embedding = new Float32Array(1_024);
    embedding[people.get(image) ?? 0] = 10;
    embedding[1_000 + (this.embedded % 20)] = 1;
    return embedding;
  }

  finishEmbedding(raw: Float32Array): Float32Array {
    const length = Math.hypot(...raw);
    return raw.map((value) => value / length);
  }

  #shown(): ScriptedFrame {
    if (!this.#current) throw new Error('no frame is shown');
    return this.#current;
  }
}
