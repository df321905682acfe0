import type { Layer } from '../dish.ts';
import { type BowlKind, BowlScene } from './bowl.tsx';
import { PIECES, unknownPiece } from './pieces.tsx';
import { seedOf, strewn } from './scatter.ts';
import { CoffeeScene, FriesScene, GlassScene, IceCreamScene, NuggetScene, PuddingScene, TeaScene } from './served.tsx';
import { StackScene, sliceThumbnail } from './stack.tsx';

/** How a dish is shown: a pile from the side, a bowl from above, or the thing it is served in. */
const STACKS: Readonly<Record<string, number>> = {
  burger: 1,
  'double-burger': 2,
  'chicken-burger': 1,
  'veggie-burger': 1,
};
const BOWLS: Readonly<Record<string, BowlKind>> = {
  'beef-noodles': 'bowl',
  'dan-dan-noodles': 'bowl',
  'wonton-soup': 'bowl',
  'veggie-noodles': 'bowl',
  salad: 'plate',
  'cucumber-salad': 'plate',
  dumplings: 'plate',
};
const GLASSES = new Set(['cola', 'lemonade', 'water', 'soy-milk']);

/** A dish nobody has drawn yet: a covered plate that looks forward to being opened. */
function UnknownScene({ layers }: { layers: readonly Layer[] }) {
  return (
    <>
      <ellipse cx="120" cy="170" rx="106" ry="14" fill="#fffdf7" />
      <path d="M36 160c0-58 36-92 84-92s84 34 84 92Z" fill="#d9e3df" />
      <path d="M60 140c4-28 20-46 42-52" stroke="#ffffff" strokeWidth="9" fill="none" strokeLinecap="round" />
      <circle cx="120" cy="60" r="10" fill="#f5b83d" />
      <path d="M96 124c8 14 40 14 48 0" stroke="#1e3a34" strokeWidth="6" fill="none" strokeLinecap="round" />
      <rect x="26" y="156" width="188" height="12" rx="6" fill="#b8c7c1" />
      {strewn(3, layers.length, { x: 120, y: 182 }, 60).map((spot, index) => (
        <circle key={layers[index].componentId} cx={spot.x} cy="186" r="4" fill="#e4d6bb" />
      ))}
    </>
  );
}

function Scene({ picture, layers }: { picture: string; layers: readonly Layer[] }) {
  if (STACKS[picture]) return <StackScene layers={layers} pattiesFirst={STACKS[picture]} />;
  if (BOWLS[picture]) return <BowlScene layers={layers} dish={picture} kind={BOWLS[picture]} />;
  if (GLASSES.has(picture)) return <GlassScene layers={layers} dish={picture} />;
  if (picture === 'coffee') return <CoffeeScene layers={layers} />;
  if (picture === 'jasmine-tea') return <TeaScene layers={layers} />;
  if (picture === 'fries' || picture === 'sweet-potato-fries') return <FriesScene layers={layers} dish={picture} />;
  if (picture === 'nuggets') return <NuggetScene layers={layers} />;
  if (picture === 'ice-cream') return <IceCreamScene layers={layers} />;
  if (picture === 'mango-pudding') return <PuddingScene layers={layers} />;
  return <UnknownScene layers={layers} />;
}

export type DishPictureProps = {
  /** The menu's name of the drawing; an unknown one gets a covered plate. */
  readonly picture: string;
  readonly layers: readonly Layer[];
  readonly label?: string;
};

/** A dish as it will be made, with its changes: the picture follows every one of them. */
export function DishPicture({ picture, layers, label }: DishPictureProps) {
  return (
    <svg
      className="dish-picture"
      viewBox="0 0 240 200"
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      data-picture={picture}
      data-layers={layers.map((layer) => `${layer.picture}:${layer.count}`).join(' ')}
    >
      <Scene picture={picture} layers={layers} />
    </svg>
  );
}

/** One component alone, as one would pick it up. */
export function ComponentPicture({ picture }: { readonly picture: string }) {
  return (
    <svg className="component-picture" viewBox="0 0 100 100" aria-hidden="true">
      <g transform="translate(50 50) scale(1.12)">{PIECES[picture] ?? sliceOrUnknown(picture)}</g>
    </svg>
  );
}

function sliceOrUnknown(picture: string) {
  const slice = sliceThumbnail(picture);
  return slice ? <g transform="translate(-50 -50)">{slice}</g> : unknownPiece(seedOf(picture));
}

const one = (picture: string): Layer => ({ componentId: picture, picture, count: 1 });
/** What stands for a whole category. */
const CATEGORIES: Readonly<Record<string, { picture: string; layers: readonly Layer[] }>> = {
  burgers: { picture: 'burger', layers: ['bun', 'patty', 'cheese', 'lettuce', 'tomato'].map(one) },
  sides: { picture: 'fries', layers: ['fries', 'salt'].map(one) },
  drinks: { picture: 'lemonade', layers: ['lemonade', 'ice', 'mint'].map(one) },
  sweets: { picture: 'ice-cream', layers: ['ice-cream', 'chocolate-sauce', 'sprinkles'].map(one) },
  noodles: {
    picture: 'beef-noodles',
    layers: ['noodles', 'broth', 'beef', 'egg', 'pak-choi', 'spring-onion'].map(one),
  },
  'small-dishes': { picture: 'dumplings', layers: ['dumplings', 'chilli-oil'].map(one) },
  teas: { picture: 'jasmine-tea', layers: [one('tea')] },
};

export function CategoryPicture({ picture }: { readonly picture: string }) {
  const { picture: dish, layers } = CATEGORIES[picture] ?? { picture, layers: [] };
  return <DishPicture picture={dish} layers={layers} />;
}

export function isDrawn(picture: string): boolean {
  return PIECES[picture] !== undefined || sliceThumbnail(picture) !== null;
}

export function isDishDrawn(picture: string): boolean {
  return (
    STACKS[picture] !== undefined ||
    BOWLS[picture] !== undefined ||
    GLASSES.has(picture) ||
    ['coffee', 'jasmine-tea', 'fries', 'sweet-potato-fries', 'nuggets', 'ice-cream', 'mango-pudding'].includes(picture)
  );
}

export function isCategoryDrawn(picture: string): boolean {
  return CATEGORIES[picture] !== undefined;
}
