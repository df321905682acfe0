/**
 * Made-up people for demonstrations, tests and regression figures; what is measured on them says nothing about real
 * people. `proceduralPerson(seed, overrides)` gives a `Subject` whose `meshes(pose)` are plain opaque triangles.
 *
 * traits -> landmarks and curves (face.ts) -> skull + relief -> head mesh with eyes and mouth cut in -> skin texture,
 * eyes, mouth, ears, hair, clothes (person.ts) -> expression, gaze and head pose at each call.
 */
export { describePerson, type ProceduralPerson, proceduralPerson } from './person.ts';
export { randomTraits } from './random-traits.ts';
export {
  type BeardStyle,
  type GlassesStyle,
  type HairStyle,
  type HatStyle,
  linearRgb,
  type Neckline,
  type PersonTraits,
} from './traits.ts';
