import type { Face } from './face.ts';
import { clamp, lerp, smoothstep } from './math.ts';
import { createRandom, type Random } from './noise.ts';

const CELL_MM = 0.35;
const WIDTH_MM = 64;
const HEIGHT_MM = 34;

/** How much of the skin the brow hairs cover, drawn hair by hair; one map for each brow. */
export type BrowMap = { cover(x: number, y: number): number };

type Sheet = { readonly left: number; readonly bottom: number; readonly columns: number; readonly cover: Float32Array };

export function drawBrows(face: Face, seed: number): BrowMap {
  const random = createRandom(seed + 417);
  const sheets = ([-1, 1] as const).map((side) => drawBrow(face, random, side));
  return { cover: (x, y) => sample(sheets[x < 0 ? 0 : 1], x, y) };
}

function drawBrow(face: Face, random: Random, side: -1 | 1): Sheet {
  const columns = Math.ceil(WIDTH_MM / CELL_MM);
  const rows = Math.ceil(HEIGHT_MM / CELL_MM);
  const sheet: Sheet = {
    left: side > 0 ? 3 : -3 - WIDTH_MM,
    bottom: face.marks.browY - HEIGHT_MM / 2,
    columns,
    cover: new Float32Array(columns * rows),
  };
  const hairs = Math.round(520 * face.traits.browDensity);
  for (let hair = 0; hair < hairs; hair++) drawHair(sheet, face, random, side);
  return sheet;
}

/** The middle line of a brow and its half thickness, `along` from its inner end (0) to its tail (1). */
function browLine({ traits, marks }: Face, along: number): { y: number; half: number } {
  const arch = traits.browArchMm * 1.4 * Math.sin(Math.PI * clamp(along * 0.85 + 0.02, 0, 1));
  const tail = 4.4 * Math.max(0, along - 0.62);
  const tilt = (traits.browTiltMm + 3.6) * (along - 0.45);
  const innerDrop = 1.4 * (1 - smoothstep(0, 0.4, along));
  const taper = along < 0.12 ? lerp(0.7, 1, along / 0.12) : lerp(1, 0.28, ((along - 0.12) / 0.88) ** 1.4);
  return { y: marks.browY - 1.5 + arch - tail + tilt - innerDrop, half: traits.browThicknessMm * taper };
}

function drawHair(sheet: Sheet, face: Face, random: Random, side: -1 | 1): void {
  const { traits } = face;
  const along = random.next() ** 0.9;
  const line = browLine(face, along);
  const over = random.normal(1.6) / 1.6;
  const startX = side * (traits.browInsetMm + along * traits.browLengthMm);
  const startY = line.y + over * line.half + side * traits.asymmetryBrowsMm * 0.6;
  // Hairs stand up at the inner end and lie along the brow towards its tail.
  let angle = lerp(1, -0.2, smoothstep(0, 0.4, along)) - 0.25 * over;
  if (side < 0) angle = Math.PI - angle;
  const length = 3.2 + 3 * random.next();
  const strength = 0.5 * (0.6 + 0.4 * random.next()) * (along < 0.06 ? 0.6 : 1);
  const steps = Math.ceil(length / 0.3);
  let x = startX;
  let y = startY;
  for (let step = 0; step <= steps; step++) {
    const t = step / steps;
    const direction = angle - side * 0.25 * t;
    x += (Math.cos(direction) * length) / steps;
    y += (Math.sin(direction) * length) / steps;
    stamp(sheet, x, y, strength, 0.3 * (1 - 0.65 * t));
  }
}

function stamp(sheet: Sheet, x: number, y: number, strength: number, widthMm: number): void {
  const fx = (x - sheet.left) / CELL_MM;
  const fy = (y - sheet.bottom) / CELL_MM;
  const cx = Math.round(fx);
  const cy = Math.round(fy);
  const spread = 0.35 + (widthMm / CELL_MM) ** 2;
  for (let j = cy - 1; j <= cy + 1; j++) {
    for (let i = cx - 1; i <= cx + 1; i++) {
      const k = j * sheet.columns + i;
      if (i < 0 || i >= sheet.columns || j < 0 || k >= sheet.cover.length) continue;
      const alpha = strength * Math.exp(-((i - fx) ** 2 + (j - fy) ** 2) / spread);
      sheet.cover[k] += (1 - sheet.cover[k]) * alpha;
    }
  }
}

function sample(sheet: Sheet, x: number, y: number): number {
  const fx = (x - sheet.left) / CELL_MM;
  const fy = (y - sheet.bottom) / CELL_MM;
  const i = Math.floor(fx);
  const j = Math.floor(fy);
  const k = j * sheet.columns + i;
  if (i < 0 || i >= sheet.columns - 1 || j < 0 || k + sheet.columns + 1 >= sheet.cover.length) return 0;
  const u = fx - i;
  const v = fy - j;
  const low = lerp(sheet.cover[k], sheet.cover[k + 1], u);
  return lerp(low, lerp(sheet.cover[k + sheet.columns], sheet.cover[k + sheet.columns + 1], u), v);
}
