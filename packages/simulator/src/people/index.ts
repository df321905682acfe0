export { describePerson, type ProceduralPerson, proceduralPerson } from './person.ts';
export {
  type BeardStyle,
  type GlassesStyle,
  type HairStyle,
  type HatStyle,
  linearRgb,
  type Neckline,
  type PersonTraits,
  randomTraits,
} from './traits.ts';
