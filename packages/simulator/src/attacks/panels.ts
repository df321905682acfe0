import { createRandom } from '../people/noise.ts';
import type { LinearTexture, Pose, SceneMesh } from '../scene-types.ts';
import { holderOf } from './holder.ts';
import { layOut, placement, type SheetSize, sheetMesh } from './sheet.ts';
import { type AttackOptions, leaning } from './sheets.ts';
import { type AttackKind, type AttackSubject, speciesOf } from './species.ts';
import { FLAT, logRange, rolled, type Surface } from './surfaces.ts';
import { type AttackTarget, portraitOf } from './target.ts';

const TABLET: SheetSize = { widthMm: 164, heightMm: 219, eyesAboveMiddleMm: 18 };
const PHONE: SheetSize = { widthMm: 68, heightMm: 148, eyesAboveMiddleMm: 12 };
const DARK = [0.01, 0.01, 0.012] as const;

type PanelPlan = {
  readonly size: SheetSize;
  readonly bezelMm: number;
  readonly surface: Surface;
  readonly scale: number;
  /** Luminance of white, as a factor on the usual panel's. */
  readonly brightness: number;
  /** Reflectance of the panel that is off, and of its mirror. */
  readonly albedo: number;
  readonly specular: number;
  readonly distanceMm?: number;
};

/** A tablet that plays the target's face, which smiles and blinks as the pose says. */
export function tabletReplay(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 83 + 3);
  return panel('tablet', 'Tablet showing', target, options, {
    size: TABLET,
    bezelMm: 9,
    surface: FLAT,
    scale: random.range(0.9, 0.98),
    brightness: random.range(0.7, 1.3),
    albedo: 0.025,
    specular: random.range(0.15, 0.4),
  });
}

/** A phone shows the face at about half its size, and is held nearer so that it fills the picture. */
export function phoneReplay(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 89 + 3);
  return panel('phone', 'Phone showing', target, options, {
    size: PHONE,
    bezelMm: 2.5,
    surface: FLAT,
    scale: random.range(0.4, 0.52),
    brightness: random.range(0.8, 1.6),
    albedo: 0.02,
    specular: random.range(0.2, 0.4),
    distanceMm: random.range(330, 480),
  });
}

/** A panel that bends, with a black that is black. */
export function curvedScreen(target: AttackTarget, options: AttackOptions): AttackSubject {
  const random = createRandom(options.seed * 97 + 3);
  const axisDeg = random.pick([0, 0, 90]);
  return panel('curved-screen', 'Curved screen showing', target, options, {
    size: { ...TABLET, widthMm: 180, heightMm: 240 },
    bezelMm: 4,
    surface: rolled(logRange(random, 90, 500), axisDeg),
    scale: random.range(0.95, 1.03),
    brightness: random.range(0.8, 1.6),
    albedo: 0.012,
    specular: random.range(0.15, 0.35),
  });
}

function panel(
  kind: AttackKind,
  words: string,
  target: AttackTarget,
  options: AttackOptions,
  plan: PanelPlan,
): AttackSubject {
  const { seed } = options;
  const { size, surface, bezelMm } = plan;
  const lean = leaning(seed);
  const pictures = new Map<string, LinearTexture>();
  const pictureFor = (pose: Pose) => {
    // A video has many pictures; what liveness looks at are smiles and blinks.
    const shown = { smile: pose.smile > 0.45 ? 0.8 : 0.2, blink: pose.blink > 0.5 ? 1 : 0 };
    const key = 'portrait' in target ? 'still' : `${shown.smile}-${shown.blink}`;
    let picture = pictures.get(key);
    if (!picture) {
      picture = layOut(portraitOf(target, shown), size, plan.scale, DARK);
      pictures.set(key, picture);
    }
    return picture;
  };
  const outer = {
    widthMm: size.widthMm + 2 * bezelMm,
    heightMm: size.heightMm + 2 * bezelMm,
    eyesAboveMiddleMm: size.eyesAboveMiddleMm,
  };
  const stepMm = surface === FLAT ? 7 : 4;
  let hold: ReturnType<typeof holderOf> | undefined;
  return {
    id: `${kind}-of-${target.id}-${seed}`,
    label: `${words} ${target.label}`,
    species: speciesOf(kind),
    arrangement: { distanceMm: plan.distanceMm },
    meshes(pose) {
      const held = lean(pose);
      const place = placement(held);
      const meshes: SceneMesh[] = [
        sheetMesh({
          name: 'panel',
          size,
          place,
          surface,
          stepMm,
          raisedMm: 0.8,
          material: {
            kind: 'screen',
            albedo: [plan.albedo, plan.albedo, plan.albedo * 1.1],
            texture: pictureFor(pose),
            emission: plan.brightness,
            specular: plan.specular,
            shininess: 120,
          },
        }),
        sheetMesh({
          name: 'bezel',
          size: outer,
          place,
          surface,
          stepMm,
          material: { kind: 'solid', albedo: [0.012, 0.012, 0.013], specular: 0.2, shininess: 60, twoSided: true },
        }),
      ];
      if (options.held !== false) hold ??= holderOf(seed, outer, surface);
      return [...meshes, ...(hold?.(held, place) ?? [])];
    },
  };
}
