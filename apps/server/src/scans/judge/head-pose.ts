/**
 * Which way a face looks, from the 468-point mesh (z relative depth in pixels, growing away from the camera). Degrees:
 * yaw to the image's right and pitch upwards are positive. Within about 5 degrees up to 30, which is what guidance needs.
 */
export type HeadPose = { readonly yawDeg: number; readonly pitchDeg: number };

const LEFT_SIDE = 234;
const RIGHT_SIDE = 454;
const FOREHEAD = 10;
const CHIN = 152;
const DEGREES = 180 / Math.PI;

export function headPose(meshPoints: Float32Array): HeadPose {
  const across = between(meshPoints, LEFT_SIDE, RIGHT_SIDE);
  const down = between(meshPoints, FOREHEAD, CHIN);
  return {
    // The side of the face that the head turns towards moves away from the camera.
    yawDeg: Math.atan2(across.z, Math.hypot(across.x, across.y)) * DEGREES,
    pitchDeg: Math.atan2(-down.z, Math.hypot(down.x, down.y)) * DEGREES,
  };
}

function between(points: Float32Array, from: number, to: number): { x: number; y: number; z: number } {
  return {
    x: points[to * 3] - points[from * 3],
    y: points[to * 3 + 1] - points[from * 3 + 1],
    z: points[to * 3 + 2] - points[from * 3 + 2],
  };
}
