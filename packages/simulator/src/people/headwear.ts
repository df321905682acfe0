import type { Material, Rgb } from '../scene-types.ts';
import type { Face } from './face.ts';
import { bell, clamp, lerp, smoothstep, type Vec3 } from './math.ts';
import { gridSurface, type Part } from './mesh-tools.ts';
import { valueNoise } from './noise.ts';
import type { ScalpShell } from './scalp-shell.ts';
import type { PersonTraits } from './traits.ts';

/** Height of a hat's edge on the forehead. */
function hatEdgeY(face: Face): number {
  return face.marks.browY + (face.traits.hat === 'cap' ? 30 : 24);
}

/** Above this height no hair grows out; far over the head where there is no hat. */
export function hairCutoffY(face: Face): number {
  return face.traits.hat === 'none' ? 1000 : hatEdgeY(face) - 4;
}

export function buildHat(face: Face, shell: ScalpShell): Part[] {
  const { traits } = face;
  if (traits.hat === 'none') return [];
  const crown = hatCrown(face, shell);
  return traits.hat === 'cap' ? [crown, visor(face)] : [crown];
}

function accessoryCloth(color: Rgb, twoSided = false): Material {
  return { kind: 'cloth', albedo: color, specular: 0.02, shininess: 8, twoSided };
}

/** A dome over the scalp; a beanie is ribbed and has a thick turned-up edge. */
function hatCrown(face: Face, shell: ScalpShell): Part {
  const { traits } = face;
  const isBeanie = traits.hat === 'beanie';
  const surface = gridSurface(
    { rows: 14, columns: 145 },
    (down, along) => {
      const turn = (along * 2 - 1) * Math.PI;
      const edgeY = lerp(hatEdgeY(face), 4, 0.5 - 0.5 * Math.cos(turn));
      const elevation = lerp(Math.PI / 2, Math.asin(clamp((edgeY - 16) / 97, -0.4, 0.95)), down);
      const turnedUp = isBeanie ? 4 * smoothstep(0.68, 0.76, down) : 1.5 * smoothstep(0.9, 1, down);
      const ribs = isBeanie ? 0.8 * Math.sin(turn * 36) * smoothstep(0.05, 0.3, down) : 0;
      const flat = Math.cos(elevation);
      const at: Vec3 = [77 * flat * Math.sin(turn), 16 + 97 * Math.sin(elevation), -4 + 100 * flat * Math.cos(turn)];
      shell.rest(at, 6 + turnedUp + ribs + (isBeanie ? 12 : 7) * (1 - down) ** 2);
      return at;
    },
    { closed: true },
  );
  return { name: 'hat', ...surface, material: accessoryCloth(traits.accessoryColor, true) };
}

function visor(face: Face): Part {
  const edgeY = hatEdgeY(face);
  const surface = gridSurface({ rows: 7, columns: 21 }, (out, along) => {
    const u = along * 2 - 1;
    const reach = 62 * (1 - u * u * 0.75) * out;
    return [u * 74, edgeY + 8 - 8 * u * u - 0.36 * reach, 103 - 44 * u * u + reach];
  });
  return { name: 'hat-visor', ...surface, material: accessoryCloth(face.traits.accessoryColor, true) };
}

/** Two turns of a knitted scarf around the neck; it stays with the shoulders. */
export function buildScarf(traits: PersonTraits, seed: number): Part[] {
  if (!traits.scarf) return [];
  return [0, 1].map((turnIndex) => {
    const surface = gridSurface(
      { rows: 41, columns: 9 },
      (around, across) => {
        const turn = around * 2 * Math.PI;
        const section = across * 2 * Math.PI;
        const wave = 2.5 * valueNoise(Math.cos(turn) * 3 + 9, Math.sin(turn) * 3 + turnIndex * 7, seed + 12);
        const thick = 17 + wave + 0.8 * Math.sin(turn * 40);
        const ring: Vec3 = [
          (62 + 7 * turnIndex) * traits.neckWidthScale * Math.sin(turn),
          -146 - 21 * turnIndex - 20 * Math.max(0, Math.cos(turn)) + 5 * Math.sin(turn + turnIndex * 2),
          -22 + ((Math.cos(turn) > 0 ? 74 : 62) + 8 * turnIndex) * Math.cos(turn),
        ];
        const out = thick * 0.62 * Math.cos(section);
        return [
          ring[0] + out * Math.sin(turn),
          ring[1] + thick * Math.sin(section),
          ring[2] + out * Math.cos(turn) + 2 * bell(Math.cos(turn) - 1),
        ];
      },
      { closed: true, flip: true },
    );
    return { name: `scarf-${turnIndex}`, ...surface, material: accessoryCloth(traits.accessoryColor, true) };
  });
}
