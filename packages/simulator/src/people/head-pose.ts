import type { Pose } from '../scene-types.ts';
import { clamp, smoothstep, type Vec3 } from './math.ts';

/** The joint between skull and neck, about which the head turns. */
const PIVOT: Vec3 = [0, -72, -18];
type Bend = { readonly topY: number; readonly footY: number };

/** Above the first height points follow the head fully, below the second they stay with the shoulders. */
const NECK: Bend = { topY: -118, footY: -178 };
/** Hair that reaches the shoulders is loose: it follows over a longer way than the skin does. */
const LOOSE_HAIR: Bend = { topY: -70, footY: -290 };
const STEPS = 96;
/** Where the camera is expected, for a gaze that meets it. */
const CAMERA_DISTANCE_MM = 550;
const DEGREE = Math.PI / 180;

/** Turns head space into scene space; points on the neck turn by a share, so that the neck bends and does not shear. */
export type HeadTransform = {
  /** Moves points that follow head and neck by their own height. */
  follow(positions: Float32Array, normals: Float32Array): { positionsMm: Float32Array; normals: Float32Array };
  /** The same for hair. */
  trail(positions: Float32Array, normals: Float32Array): { positionsMm: Float32Array; normals: Float32Array };
  /** Moves points fully with the skull. */
  rigid(positions: Float32Array, normals: Float32Array): { positionsMm: Float32Array; normals: Float32Array };
  /** Moves what stays with the shoulders. */
  body(positions: Float32Array): Float32Array;
  /** Direction from an eye (head space) towards the camera plus the pose's gaze, in head space, within an eye's reach. */
  gaze(eyeCenter: readonly [number, number, number]): { readonly yawDeg: number; readonly pitchDeg: number };
};

type Matrix = Float64Array;

/** Yaw turns towards +x, pitch up, roll clockwise as the camera sees it; the head nods first, then turns, then tilts. */
function rotation(pose: Pose, share: number): Matrix {
  const yaw = pose.yawDeg * DEGREE * share;
  const pitch = -pose.pitchDeg * DEGREE * share;
  const roll = -pose.rollDeg * DEGREE * share;
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  const [cp, sp] = [Math.cos(pitch), Math.sin(pitch)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  return Float64Array.of(
    cr * cy,
    cr * sy * sp - sr * cp,
    cr * sy * cp + sr * sp,
    sr * cy,
    sr * sy * sp + cr * cp,
    sr * sy * cp - cr * sp,
    -sy,
    cy * sp,
    cy * cp,
  );
}

export function headTransform(pose: Pose): HeadTransform {
  const matrices = Array.from({ length: STEPS + 1 }, (_, i) => rotation(pose, i / STEPS));
  const full = matrices[STEPS];
  const { x: ox, y: oy, z: oz } = pose.offsetMm;
  const move = (positions: Float32Array, normals: Float32Array, pick: (y: number) => Matrix) => {
    const positionsMm = new Float32Array(positions.length);
    const turned = new Float32Array(normals.length);
    for (let i = 0; i < positions.length; i += 3) {
      const m = pick(positions[i + 1]);
      const x = positions[i] - PIVOT[0];
      const y = positions[i + 1] - PIVOT[1];
      const z = positions[i + 2] - PIVOT[2];
      positionsMm[i] = m[0] * x + m[1] * y + m[2] * z + PIVOT[0] + ox;
      positionsMm[i + 1] = m[3] * x + m[4] * y + m[5] * z + PIVOT[1] + oy;
      positionsMm[i + 2] = m[6] * x + m[7] * y + m[8] * z + PIVOT[2] + oz;
      const nx = normals[i];
      const ny = normals[i + 1];
      const nz = normals[i + 2];
      turned[i] = m[0] * nx + m[1] * ny + m[2] * nz;
      turned[i + 1] = m[3] * nx + m[4] * ny + m[5] * nz;
      turned[i + 2] = m[6] * nx + m[7] * ny + m[8] * nz;
    }
    return { positionsMm, normals: turned };
  };
  return {
    follow: (positions, normals) => move(positions, normals, (y) => matrices[neckStep(NECK, y)]),
    trail: (positions, normals) => move(positions, normals, (y) => matrices[neckStep(LOOSE_HAIR, y)]),
    rigid: (positions, normals) => move(positions, normals, () => full),
    body: (positions) => positions.map((value, i) => value + (i % 3 === 0 ? ox : i % 3 === 1 ? oy : oz)),
    gaze: (eye) => gazeOf(pose, full, eye),
  };
}

function neckStep({ topY, footY }: Bend, y: number): number {
  if (y >= topY) return STEPS;
  return y <= footY ? 0 : Math.round(STEPS * smoothstep(footY, topY, y));
}

function gazeOf(pose: Pose, m: Matrix, eye: readonly [number, number, number]) {
  const [x, y, z] = [eye[0] - PIVOT[0], eye[1] - PIVOT[1], eye[2] - PIVOT[2]];
  const scene = [0, 3, 6].map((r, k) => m[r] * x + m[r + 1] * y + m[r + 2] * z + PIVOT[k]);
  const away = CAMERA_DISTANCE_MM - scene[2] - pose.offsetMm.z;
  const yaw = Math.atan2(-scene[0] - pose.offsetMm.x, away) + pose.gazeXDeg * DEGREE;
  const pitch = Math.atan2(-scene[1] - pose.offsetMm.y, away) + pose.gazeYDeg * DEGREE;
  const to = [Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), Math.cos(yaw) * Math.cos(pitch)];
  // The transpose takes the direction back into the head.
  const inHead = [0, 1, 2].map((c) => m[c] * to[0] + m[3 + c] * to[1] + m[6 + c] * to[2]);
  return {
    yawDeg: clamp(Math.atan2(inHead[0], inHead[2]) / DEGREE, -32, 32),
    pitchDeg: clamp(Math.asin(clamp(inHead[1], -1, 1)) / DEGREE, -25, 22),
  };
}
