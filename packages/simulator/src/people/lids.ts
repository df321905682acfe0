import type { Face } from './face.ts';
import type { HeadMesh } from './head-mesh.ts';
import type { LidCurves } from './landmarks.ts';
import { bell, clamp, smoothstep } from './math.ts';
import { reliefZ } from './relief.ts';
import type { PersonTraits } from './traits.ts';

/** The skin vertices around the eyes that move and darken with the lids. */
export type LidVertices = {
  readonly index: Uint32Array;
  /** 0 for the eye at the image's left, 1 for the other. */
  readonly eye: Uint8Array;
  readonly bareZ: Float32Array;
  /** 0..1, how much the vertex lies on a lid's margin, and in the upper lid's crease. */
  readonly margin: Float32Array;
  readonly crease: Float32Array;
};

export function lidVertices(face: Face, head: HeadMesh): LidVertices {
  const index: number[] = [];
  for (let i = 0; i < head.positionsMm.length / 3; i++) {
    const [x, y, z] = head.positionsMm.subarray(i * 3, i * 3 + 3);
    if (z >= 30 && Math.abs(Math.abs(x) - face.marks.eyeX) <= 20 && Math.abs(y) <= 19) index.push(i);
  }
  const eye = Uint8Array.from(index, (i) => (head.positionsMm[i * 3] < 0 ? 0 : 1));
  const margin = new Float32Array(index.length);
  const crease = new Float32Array(index.length);
  index.forEach((i, k) => {
    const lids = face.lids[eye[k]];
    const dx = Math.abs(head.positionsMm[i * 3]) - face.marks.eyeX;
    const dy = head.positionsMm[i * 3 + 1] - lids.centerY;
    const inside = dx > lids.innerDx + 1 && dx < lids.outerDx - 0.5;
    margin[k] = inside ? bell(Math.min(Math.abs(dy - lids.upper(dx, 1)), Math.abs(dy - lids.lower(dx, 1))) / 0.9) : 0;
    crease[k] = lidCrease(face.traits, lids, dx, dy);
  });
  return { index: Uint32Array.from(index), eye, bareZ: Float32Array.from(index, (i) => head.bareZ[i]), margin, crease };
}

/** 1 in the fold over the upper lid, 0 away from it. */
export function lidCrease(traits: PersonTraits, lids: LidCurves, dx: number, dy: number): number {
  const t = clamp((dx - lids.innerDx) / (lids.outerDx - lids.innerDx), 0, 1);
  const over = traits.lidCreaseMm * (0.45 + 0.55 * Math.sin(Math.PI * clamp(t * 0.9 + 0.08, 0, 1)));
  return (
    bell((dy - lids.upper(dx, 1) - over) / 0.95) *
    smoothstep(lids.innerDx - 2, lids.innerDx + 4, dx) *
    smoothstep(lids.outerDx + 5, lids.outerDx - 1, dx) *
    smoothstep(0.5, 2.5, traits.lidCreaseMm)
  );
}

/** A lid's skin slides over the eyeball, so its depth is asked anew where it has slid to. */
export function moveLids(face: Face, positions: Float32Array, lids: LidVertices, openness: number): void {
  for (let k = 0; k < lids.index.length; k++) {
    const o = lids.index[k] * 3;
    const x = positions[o];
    const y = positions[o + 1];
    const moved = y + lidSlide(face, lids.eye[k] as 0 | 1, x, y, openness);
    if (moved === y) continue;
    positions[o + 1] = moved;
    positions[o + 2] = reliefZ(face, x, moved, lids.bareZ[k]);
  }
}

/** How far the skin at (x, y) of the open eye moves up when the eye takes another openness. */
function lidSlide(face: Face, eye: 0 | 1, x: number, y: number, openness: number): number {
  const lids = face.lids[eye];
  const dx = Math.abs(x) - face.marks.eyeX;
  if (dx <= lids.innerDx || dx >= lids.outerDx) return 0;
  const upper = lids.upper(dx, 1);
  const lower = lids.lower(dx, 1);
  const dy = y - lids.centerY;
  if (dy > (upper + lower) / 2) {
    const fade = clamp(1 - Math.max(0, dy - upper) / 11, 0, 1) ** 2;
    return (lids.upper(dx, openness) - upper) * fade;
  }
  const fade = clamp(1 - Math.max(0, lower - dy) / 7, 0, 1) ** 2;
  return (lids.lower(dx, openness) - lower) * fade;
}

/** A shut eye is a dark line of lashes under a smoothed-out lid; an open one has its crease. Per skin vertex. */
export function lidShade(lids: LidVertices, vertexCount: number, openness: number): Float32Array {
  const albedo = new Float32Array(vertexCount * 3).fill(1);
  const shut = clamp(1 - openness * 1.3, 0, 1);
  const creased = 0.3 * clamp(openness, 0, 1);
  for (let k = 0; k < lids.index.length; k++) {
    const light = (1 - 0.93 * shut * lids.margin[k]) * (1 - creased * lids.crease[k]);
    albedo.fill(light, lids.index[k] * 3, lids.index[k] * 3 + 3);
  }
  return albedo;
}
