import type { Material, Pose, Rgb, SceneMesh, Subject } from '../scene-types.ts';
import { bakeAmbient, occluderCloud } from './ambient.ts';
import { growBeard } from './beard.ts';
import { buildTorso } from './clothes.ts';
import { buildEar } from './ears.ts';
import { buildExpressions, deformHead, type ExpressionState, type Expressions, expressionState } from './expression.ts';
import { buildEye, type Eye, lashes, lidMargins, shadedSclera } from './eyes.ts';
import { type Face, faceOf } from './face.ts';
import { buildGlasses } from './glasses.ts';
import { growHair } from './hair.ts';
import { createScalpMask } from './hairlines.ts';
import { buildHeadMesh, type HeadMesh } from './head-mesh.ts';
import { type HeadTransform, headTransform } from './head-pose.ts';
import { buildHat, buildScarf, hairCutoffY } from './headwear.ts';
import { lidShade } from './lids.ts';
import { computeNormals, type Part } from './mesh-tools.ts';
import { buildMouthInside, innerLips, type MouthInside, poseMouthInside } from './mouth.ts';
import { randomTraits } from './random-traits.ts';
import { createScalpShell } from './scalp-shell.ts';
import { createSkinAtlas } from './skin-atlas.ts';
import { paintSkin, skinTone } from './skin-texture.ts';
import { createSkull } from './skull.ts';
import { expandStrands, type Strands } from './strands.ts';
import type { PersonTraits } from './traits.ts';

/** Everything about a person that no pose changes. */
type BuiltPerson = {
  readonly face: Face;
  readonly seed: number;
  readonly tone: Rgb;
  readonly head: HeadMesh;
  readonly skin: Part;
  readonly expressions: Expressions;
  readonly eyes: readonly [Eye, Eye];
  readonly mouth: MouthInside;
  readonly hair: readonly Strands[];
  readonly beard: Strands | undefined;
  /** Ears, glasses and hat: they follow the head as they are. */
  readonly headParts: readonly Part[];
  /** Torso and scarf: they stay. */
  readonly bodyParts: readonly Part[];
};

/** A made-up person, and what they are made of. */
export type ProceduralPerson = Subject & { readonly seed: number; readonly traits: PersonTraits };

/**
 * A made-up person: the same seed and overrides give the same meshes everywhere. Building takes a few hundred
 * milliseconds and happens at the first `meshes` call, so that a stage can list many people at once. With gaze angles
 * of 0 the eyes look at the camera wherever the head points, as far as eyes turn.
 */
export function proceduralPerson(seed: number, overrides: Partial<PersonTraits> = {}): ProceduralPerson {
  const traits = randomTraits(seed, overrides);
  let built: BuiltPerson | undefined;
  return {
    id: personId(seed, overrides),
    label: describePerson(traits),
    seed,
    traits,
    meshes(pose) {
      built ??= buildPerson(traits, seed);
      return poseMeshes(built, pose);
    },
  };
}

/** `person-7`, with a short mark of the overrides where there are any, so that two variants are two people. */
function personId(seed: number, overrides: Partial<PersonTraits>): string {
  const entries = Object.entries(overrides).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return `person-${seed}`;
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify(entries)) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return `person-${seed}-${hash.toString(36)}`;
}

const HAIR_WORDS: Readonly<Record<PersonTraits['hairStyle'], string>> = {
  bald: 'bald',
  buzz: 'cropped hair',
  short: 'short hair',
  swept: 'swept-back hair',
  receding: 'receding hair',
  curly: 'curly hair',
  pixie: 'a short cut',
  bob: 'a bob',
  long: 'long hair',
  wavy: 'wavy hair',
  bun: 'a bun',
};

/** A few words to choose a person by, such as "Woman, 34, wavy hair, glasses". */
export function describePerson(traits: PersonTraits): string {
  const words = [traits.sex === 'female' ? 'Woman' : 'Man', String(traits.ageYears), HAIR_WORDS[traits.hairStyle]];
  if (traits.beard === 'full') words.push('beard');
  else if (traits.beard !== 'none') words.push(traits.beard);
  if (traits.glasses !== 'none') words.push('glasses');
  if (traits.hat !== 'none') words.push(traits.hat);
  if (traits.scarf) words.push('scarf');
  return words.join(', ');
}

const SKIN_SHINE = { specular: 0.16, shininess: 18 };

function buildPerson(traits: PersonTraits, seed: number): BuiltPerson {
  const face = faceOf(traits);
  const tone = skinTone(traits);
  const skull = createSkull(traits, face.marks);
  const head = buildHeadMesh(face);
  const scalp = createScalpMask(face, seed);
  const shell = createScalpShell(traits, head);
  const atlas = createSkinAtlas(skull, face.marks);
  const normals = new Float32Array(head.positionsMm.length);
  computeNormals(head.positionsMm, head.indices, normals, head.welds);
  const uv = new Float32Array(head.surface.length);
  for (let i = 0; i < uv.length; i += 2) {
    uv[i] = atlas.uOfAngle(head.surface[i + 1]);
    uv[i + 1] = atlas.vOfLevel(head.surface[i]);
  }
  const texture = paintSkin(face, skull, atlas, scalp, seed);
  const material: Material = { kind: 'skin', albedo: [1, 1, 1], texture, ...SKIN_SHINE };
  const bare: Part = { name: 'skin', positionsMm: head.positionsMm, normals, indices: head.indices, uv, material };
  const hair = growHair(face, head, { scalp, shell }, seed, hairCutoffY(face));
  const ears = [buildEar(face, -1, tone), buildEar(face, 1, tone)];
  const hat = buildHat(face, shell);
  const torso = [...buildTorso(traits, seed), ...buildScarf(traits, seed)];
  const hairParts = hair.map((s) => expandStrands(s, s.points, s.normals));
  const cloud = occluderCloud([bare, ...ears, ...hat, ...torso, ...hairParts]);
  const shaded = (part: Part): Part => ({ ...part, ambient: combined(part.ambient, bakeAmbient(part, cloud)) });
  return {
    face,
    seed,
    tone,
    head,
    skin: shaded(bare),
    expressions: buildExpressions(face, head),
    eyes: [buildEye(face, head, 0, tone, seed), buildEye(face, head, 1, tone, seed)],
    mouth: buildMouthInside(face, head),
    hair,
    beard: growBeard(face, head, normals, seed),
    headParts: [...ears.map(shaded), ...hat, ...buildGlasses(face, head, seed)],
    bodyParts: torso.map(shaded),
  };
}

function combined(own: Float32Array | undefined, baked: Float32Array): Float32Array {
  return own ? baked.map((value, i) => value * own[i]) : baked;
}

function poseMeshes(person: BuiltPerson, pose: Pose): SceneMesh[] {
  const { face, head, expressions, tone, seed } = person;
  const transform = headTransform(pose);
  const gazes = person.eyes.map((eye) => transform.gaze(eye.center));
  const state = expressionState(pose, (gazes[0].pitchDeg + gazes[1].pitchDeg) / 2, face.traits.restingSmile);
  const skin = deformHead(face, head.positionsMm, expressions, state);
  const normals = new Float32Array(skin.length);
  computeNormals(skin, head.indices, normals, head.welds);
  const vertexAlbedo = lidShade(expressions.lids, skin.length / 3, state.openness);
  const follow = (part: Part): SceneMesh => ({ ...part, ...transform.follow(part.positionsMm, part.normals) });
  const meshes: SceneMesh[] = [
    follow({ ...person.skin, positionsMm: skin, normals, vertexAlbedo }),
    ...person.headParts.map(follow),
    ...person.bodyParts.map((part) => ({ ...part, positionsMm: transform.body(part.positionsMm) })),
    follow(innerLips(face, head, skin, tone)),
    ...poseMouthInside(person.mouth, state).map(follow),
  ];
  person.eyes.forEach((eye, k) => {
    meshes.push(
      follow(shadedSclera(face, eye, state.openness)),
      poseIris(eye, gazes[k], transform, state),
      follow(lidMargins(face, head, skin, eye, tone)),
      follow(lashes(face, head, skin, eye, state.openness, seed)),
    );
  });
  for (const strands of person.hair) meshes.push(poseStrands(strands, strands.points, transform));
  if (person.beard)
    meshes.push(poseStrands(person.beard, rootedPoints(person.beard, head.positionsMm, skin), transform));
  return meshes;
}

function poseStrands(strands: Strands, points: Float32Array, transform: HeadTransform): SceneMesh {
  const moved = strands.roots ? transform.follow(points, strands.normals) : transform.trail(points, strands.normals);
  return expandStrands(strands, moved.positionsMm, moved.normals);
}

/** Hair that grows from the face goes where its skin goes. */
function rootedPoints(strands: Strands, rest: Float32Array, skin: Float32Array): Float32Array {
  const points = strands.points.slice();
  const perLock = strands.segments + 1;
  for (let lock = 0; lock < strands.count; lock++) {
    const root = (strands.roots?.[lock] ?? 0) * 3;
    for (let i = lock * perLock * 3; i < (lock + 1) * perLock * 3; i++)
      points[i] += skin[root + (i % 3)] - rest[root + (i % 3)];
  }
  return points;
}

function poseIris(
  eye: Eye,
  gaze: { yawDeg: number; pitchDeg: number },
  transform: HeadTransform,
  state: ExpressionState,
): SceneMesh {
  const yaw = (gaze.yawDeg * Math.PI) / 180;
  const pitch = (gaze.pitchDeg * Math.PI) / 180;
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  const turn = (source: Float32Array, offset: readonly number[]) => {
    const out = new Float32Array(source.length);
    for (let i = 0; i < source.length; i += 3) {
      const y = cp * source[i + 1] + sp * source[i + 2];
      const z = cp * source[i + 2] - sp * source[i + 1];
      out[i] = cy * source[i] + sy * z + offset[0];
      out[i + 1] = y + offset[1];
      out[i + 2] = cy * z - sy * source[i] + offset[2];
    }
    return out;
  };
  const { iris, center } = eye;
  const placed = transform.rigid(turn(iris.positionsMm, center), turn(iris.normals, [0, 0, 0]));
  const ambient = new Float32Array(iris.positionsMm.length / 3).fill(0.6 + 0.25 * state.openness);
  return { ...iris, ...placed, ambient };
}
