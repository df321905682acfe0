import type { Frame } from '@smile/camera';
import { type CarriedDetection, carryDetection, type FaceMesh } from '@smile/face';
import { chooseFace, type FaceInView, faceInView } from './face-choice.ts';
import type { FaceReader } from './types.ts';

export type FoundFace = {
  readonly kind: 'one';
  readonly face: FaceInView;
  readonly mesh: FaceMesh;
  /** Whether the detector looked at this whole picture; else the face was carried along from an earlier one. */
  readonly isDetected: boolean;
};

export type FindResult =
  | FoundFace
  | { readonly kind: 'none' }
  /** Something like a face that no mesh lies on. */
  | { readonly kind: 'unclear' }
  /** Two people stand where the guest should stand. */
  | { readonly kind: 'ambiguous'; readonly face: FaceInView };

/** Newcomers are seen after this long at the latest, and nobody is carried along for longer. */
const DETECT_EVERY_MS = 150;
/** A mesh that is laid by the place of the frame before is good while the face has moved by no more than this. */
const MAX_SHIFT_WIDTHS = 0.06;
const MAX_SCALE = 1.06;
const MAX_TURN_RAD = 0.09;
const MIN_MESH_SCORE = 0.5;
/** The second, wider look of the detector costs as much again: only every third time while nobody is there. */
const WIDE_LOOK_EVERY = 3;

type Held = {
  readonly found: FoundFace;
  readonly detectedMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
};

/**
 * Finds the guest's face frame by frame. The detector looks at whole pictures, but not at every one: in between the face
 * is carried along by its mesh, which takes a third of the time. A mesh that fails or a face that moves more than a little has
 * the detector look at that same frame.
 */
export class FaceFinder {
  readonly #reader: FaceReader;
  #held: Held | null = null;
  #looksForNobody = 0;

  constructor(reader: FaceReader) {
    this.#reader = reader;
  }

  /** With `everyFrame` nothing is carried along. Throws only when the engine fails. */
  async find(frame: Frame, { everyFrame = false } = {}): Promise<FindResult> {
    const carried = everyFrame ? null : await this.#carry(frame);
    if (carried) return carried;
    this.#held = null;
    const quick = this.#looksForNobody % WIDE_LOOK_EVERY !== 0;
    const choice = chooseFace(frame, await this.#reader.detect(frame.colour, { quick, maxFaces: 4 }));
    this.#looksForNobody = choice.kind === 'none' ? this.#looksForNobody + 1 : 1;
    if (choice.kind !== 'one') return choice;
    const mesh = await this.#reader.mesh(frame.colour, choice.face.detection);
    if (!(mesh.score >= MIN_MESH_SCORE)) return { kind: 'unclear' };
    const found = { kind: 'one', face: choice.face, mesh, isDetected: true } as const;
    const { widthPx, heightPx } = frame.colour;
    this.#held = { found, detectedMs: frame.deviceTimeMs, widthPx, heightPx };
    return found;
  }

  async #carry(frame: Frame): Promise<FoundFace | null> {
    const held = this.#held;
    if (!held || frame.deviceTimeMs - held.detectedMs >= DETECT_EVERY_MS) return null;
    const { widthPx, heightPx } = frame.colour;
    if (widthPx !== held.widthPx || heightPx !== held.heightPx) return null;
    const { detection } = held.found.face;
    const mesh = await this.#reader.mesh(frame.colour, detection);
    if (!(mesh.score >= MIN_MESH_SCORE)) return null;
    const carried = carryDetection(detection, held.found.mesh, mesh);
    if (!carried || !hasMovedLittle(carried)) return null;
    const found = { kind: 'one', face: faceInView(frame, carried.detection), mesh, isDetected: false } as const;
    this.#held = { ...held, found };
    return found;
  }
}

function hasMovedLittle({ shiftWidths, scale, turnRad }: CarriedDetection): boolean {
  return (
    shiftWidths <= MAX_SHIFT_WIDTHS && scale <= MAX_SCALE && scale >= 1 / MAX_SCALE && Math.abs(turnRad) <= MAX_TURN_RAD
  );
}
