import { gridSurface } from '../people/mesh-tools.ts';
import type { Material, Pose, SceneMesh, Subject } from '../scene-types.ts';

const WHITE: Material = { kind: 'paper', albedo: [1, 1, 1] };

/** A square that faces the camera, its middle at (x, y, z). */
export function square(
  sideMm: number,
  at: { readonly x?: number; readonly y?: number; readonly z?: number } = {},
  material: Material = WHITE,
): SceneMesh {
  const { x = 0, y = 0, z = 0 } = at;
  const surface = gridSurface({ rows: 41, columns: 41 }, (down, along) => [
    x + (along - 0.5) * sideMm,
    y + (0.5 - down) * sideMm,
    z,
  ]);
  return { name: 'square', ...surface, material };
}

/** The camera's half of a ball about (0, 0, z). */
export function ball(radiusMm: number, z = 0, material: Material = WHITE): SceneMesh {
  const surface = gridSurface({ rows: 81, columns: 81 }, (down, along) => {
    const polar = Math.PI * down;
    const azimuth = Math.PI * (along - 0.5);
    return [
      radiusMm * Math.sin(polar) * Math.sin(azimuth),
      radiusMm * Math.cos(polar),
      z + radiusMm * Math.sin(polar) * Math.cos(azimuth),
    ];
  });
  return { name: 'ball', ...surface, material };
}

/** Meshes as a subject that stands still, whatever pose is asked of it. */
export function still(id: string, meshes: (pose: Pose) => SceneMesh[]): Subject {
  return { id, label: id, meshes };
}
