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
