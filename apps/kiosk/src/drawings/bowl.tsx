import { type ReactNode, useId } from 'react';
import type { Layer } from '../dish.ts';
import { PIECES, unknownPiece } from './pieces.tsx';
import { type Spot, seedOf, strewn } from './scatter.ts';

/** A bowl or plate from above in a 240 x 200 picture. */
const CENTRE = { x: 120, y: 100 };
const INNER = 74;

type Topping = {
  /** Size of one piece; 1 is about 60 wide. */
  readonly scale: number;
  /** Where the first ones lie; each extra one of the component adds `more` of the following. */
  readonly first: number;
  readonly more: number;
  readonly spots: readonly (readonly [x: number, y: number, turnDeg: number])[] | 'strewn';
  readonly reach?: number;
};

const TOPPINGS: Readonly<Record<string, Topping>> = {
  beef: {
    scale: 0.62,
    first: 3,
    more: 2,
    spots: [
      [84, 84, -20],
      [104, 66, 10],
      [80, 112, 35],
      [112, 92, -30],
      [66, 96, 60],
      [98, 118, 5],
      [120, 70, 40],
    ],
  },
  'minced-pork': {
    scale: 1.05,
    first: 1,
    more: 1,
    spots: [
      [112, 88, 0],
      [136, 96, 25],
      [118, 112, -20],
    ],
  },
  tofu: {
    scale: 0.5,
    first: 4,
    more: 3,
    spots: [
      [90, 76, 0],
      [112, 64, 8],
      [82, 104, -6],
      [106, 92, 4],
      [122, 84, -8],
      [96, 122, 6],
      [70, 88, 3],
      [118, 112, -4],
      [134, 66, 5],
      [86, 56, 0],
    ],
  },
  egg: {
    scale: 0.66,
    first: 2,
    more: 2,
    spots: [
      [158, 82, 20],
      [164, 118, -15],
      [140, 60, 50],
      [142, 140, -40],
      [118, 148, 80],
      [106, 52, 10],
    ],
  },
  'pak-choi': {
    scale: 0.7,
    first: 2,
    more: 2,
    spots: [
      [132, 52, 20],
      [154, 60, 60],
      [94, 50, -30],
      [172, 84, 80],
      [72, 66, -60],
      [112, 46, 0],
    ],
  },
  coriander: {
    scale: 0.5,
    first: 2,
    more: 1,
    spots: [
      [124, 124, 20],
      [104, 138, -30],
      [146, 140, 60],
      [84, 136, 0],
    ],
  },
  wontons: {
    scale: 0.66,
    first: 6,
    more: 3,
    spots: [
      [88, 80, -20],
      [92, 122, 30],
      [130, 136, -10],
      [146, 98, 40],
      [116, 98, 5],
      [120, 62, 60],
      [154, 66, -30],
      [70, 102, 80],
    ],
  },
  dumplings: {
    scale: 0.7,
    first: 8,
    more: 0,
    spots: [
      [120, 44, 0],
      [160, 60, 40],
      [176, 98, 90],
      [160, 138, 140],
      [120, 154, 180],
      [80, 138, 220],
      [64, 98, 270],
      [80, 60, 320],
    ],
  },
  lettuce: {
    scale: 1.05,
    first: 5,
    more: 0,
    spots: [
      [96, 78, 0],
      [146, 80, 60],
      [118, 116, 140],
      [84, 120, 200],
      [156, 122, 280],
    ],
  },
  tomato: {
    scale: 0.52,
    first: 3,
    more: 2,
    spots: [
      [92, 76, 0],
      [150, 92, 30],
      [112, 128, 60],
      [132, 58, 10],
      [78, 108, 0],
      [160, 126, 0],
      [118, 92, 0],
    ],
  },
  cucumber: {
    scale: 0.56,
    first: 4,
    more: 3,
    spots: [
      [126, 74, 0],
      [84, 100, 0],
      [142, 122, 0],
      [100, 112, 0],
      [162, 104, 0],
      [108, 56, 0],
      [120, 142, 0],
      [70, 84, 0],
      [150, 64, 0],
      [88, 132, 0],
    ],
  },
  onion: {
    scale: 0.4,
    first: 3,
    more: 2,
    spots: [
      [110, 90, 0],
      [148, 112, 0],
      [94, 124, 0],
      [134, 96, 0],
      [116, 58, 0],
      [72, 96, 0],
      [160, 80, 0],
    ],
  },
  croutons: {
    scale: 0.34,
    first: 4,
    more: 3,
    spots: [
      [104, 68, 0],
      [138, 108, 0],
      [88, 110, 0],
      [124, 130, 0],
      [156, 90, 0],
      [118, 88, 0],
      [76, 92, 0],
      [146, 134, 0],
      [100, 140, 0],
      [140, 70, 0],
    ],
  },
  dressing: {
    scale: 1.5,
    first: 1,
    more: 1,
    spots: [
      [120, 100, 0],
      [120, 110, 80],
      [118, 88, 40],
    ],
  },
  garlic: {
    scale: 0.28,
    first: 3,
    more: 2,
    spots: [
      [116, 96, 0],
      [132, 108, 40],
      [104, 108, -30],
      [122, 84, 20],
      [140, 92, 60],
      [96, 92, 10],
      [118, 120, 0],
    ],
  },
  sesame: { scale: 0.42, first: 5, more: 3, spots: 'strewn', reach: 0.7 },
  'spring-onion': { scale: 0.42, first: 4, more: 3, spots: 'strewn', reach: 0.72 },
  peanuts: { scale: 0.32, first: 4, more: 3, spots: 'strewn', reach: 0.6 },
  vinegar: { scale: 0, first: 0, more: 0, spots: [] },
};
const UNKNOWN: Topping = { scale: 0.4, first: 1, more: 1, spots: 'strewn', reach: 0.6 };

/** What lies at the bottom comes first. */
const ORDER = [
  'broth',
  'noodles',
  'rice-noodles',
  'lettuce',
  'cucumber',
  'pak-choi',
  'tomato',
  'onion',
  'wontons',
  'dumplings',
  'beef',
  'tofu',
  'minced-pork',
  'egg',
  'croutons',
  'dressing',
  'chilli-oil',
  'garlic',
  'peanuts',
  'spring-onion',
  'coriander',
  'sesame',
];

function rankOf(picture: string): number {
  const at = ORDER.indexOf(picture);
  return at < 0 ? ORDER.length : at;
}

/** Long strands in loops; more of them for a second helping. */
function Noodles({ thin, count, inside }: { thin: boolean; count: number; inside: string }) {
  const colour = thin ? '#fdf8ea' : '#f4d184';
  const dark = thin ? '#e3d7bd' : '#dcae52';
  const loops = Array.from({ length: count > 1 ? 12 : 9 }, (_, index) => {
    const turn = index * 47;
    const reach = 10 + ((index * 19) % 44);
    return (
      <g key={turn} transform={`rotate(${turn} ${CENTRE.x} ${CENTRE.y})`} fill="none" strokeLinecap="round">
        {[0, 1, 2].map((strand) => {
          const r = reach + strand * (thin ? 5 : 7);
          const path = `M${CENTRE.x - r} ${CENTRE.y + 14}C${CENTRE.x - r * 0.7} ${CENTRE.y - r} ${CENTRE.x + r * 0.5} ${CENTRE.y - r} ${CENTRE.x + r * 0.9} ${CENTRE.y + 4}`;
          return (
            <g key={strand}>
              <path d={path} stroke={dark} strokeWidth={thin ? 5 : 7} />
              <path d={path} stroke={colour} strokeWidth={thin ? 3.4 : 5} />
            </g>
          );
        })}
      </g>
    );
  });
  return <g clipPath={`url(#${inside})`}>{loops}</g>;
}

function spotsOf(topping: Topping, picture: string, wanted: number): Spot[] {
  if (topping.spots === 'strewn') return strewn(seedOf(picture), wanted, CENTRE, INNER * (topping.reach ?? 0.7));
  return topping.spots.slice(0, wanted).map(([x, y, turnDeg]) => ({ x, y, turnDeg }));
}

/** Pools of oil of many sizes rather than drops: that is how it floats. */
function oilSpots(count: number): ReactNode {
  return strewn(seedOf('chilli-oil'), 6 + 7 * count, CENTRE, INNER * 0.92).map((spot) => (
    <circle key={spot.x} cx={spot.x} cy={spot.y} r={2.2 + (spot.turnDeg % 37) / 9} fill="#c5301d" fillOpacity="0.82" />
  ));
}

/** In a salad of its own there is more of it than beside other things. */
const MAIN_COUNT: Readonly<Record<string, Readonly<Record<string, number>>>> = { 'cucumber-salad': { cucumber: 9 } };

function toppingOf(layer: Layer, inside: string, dish: string): ReactNode {
  const { picture, count } = layer;
  if (picture === 'noodles' || picture === 'rice-noodles')
    return <Noodles thin={picture === 'rice-noodles'} count={count} inside={inside} />;
  if (picture === 'broth') return null;
  if (picture === 'chilli-oil') return <g className="layer-in">{oilSpots(count)}</g>;
  const topping = TOPPINGS[picture] ?? UNKNOWN;
  const wanted = (MAIN_COUNT[dish]?.[picture] ?? topping.first) + (count - 1) * topping.more;
  return spotsOf(topping, picture, wanted).map((spot, index) => (
    <g
      key={`${spot.x}-${spot.y}`}
      transform={`translate(${spot.x} ${spot.y}) rotate(${spot.turnDeg}) scale(${topping.scale})`}
    >
      <g className="layer-in" style={{ animationDelay: `${Math.min(index, 8) * 25}ms` }}>
        {PIECES[picture] ?? unknownPiece(seedOf(picture))}
      </g>
    </g>
  ));
}

const BROTHS: Readonly<Record<string, readonly [deep: string, light: string]>> = {
  'beef-noodles': ['#9a5322', '#b96f33'],
  'wonton-soup': ['#dcae5c', '#ebc87f'],
  'veggie-noodles': ['#b98546', '#cf9f60'],
};

export type BowlKind = 'bowl' | 'plate';

export function BowlScene({ layers, dish, kind }: { layers: readonly Layer[]; dish: string; kind: BowlKind }) {
  // Several bowls stand on one page, each with a rim of its own to cut the broth at.
  const inside = useId();
  const sorted = [...layers].sort((a, b) => rankOf(a.picture) - rankOf(b.picture));
  const [deep, light] = BROTHS[dish] ?? ['#c98a45', '#dba35f'];
  const vinegar = layers.find((layer) => layer.picture === 'vinegar');
  const rim = kind === 'bowl' ? '#2f6b5c' : '#d3e5d9';
  return (
    <>
      <defs>
        <clipPath id={inside}>
          <circle cx={CENTRE.x} cy={CENTRE.y} r={INNER} />
        </clipPath>
      </defs>
      <ellipse cx="120" cy="108" rx="94" ry="90" fill="#1e3a34" opacity="0.1" />
      <circle cx={CENTRE.x} cy={CENTRE.y} r="91" fill={rim} />
      {kind === 'bowl' ? (
        <circle
          cx={CENTRE.x}
          cy={CENTRE.y}
          r="84"
          fill="none"
          stroke="#f0dcae"
          strokeWidth="2.4"
          strokeDasharray="2 9"
          strokeLinecap="round"
        />
      ) : (
        <circle cx={CENTRE.x} cy={CENTRE.y} r="86" fill="none" stroke="#a9cbb6" strokeWidth="3" />
      )}
      <circle cx={CENTRE.x} cy={CENTRE.y} r={INNER + 3} fill={kind === 'bowl' ? '#24564a' : '#c3dacb'} />
      <circle cx={CENTRE.x} cy={CENTRE.y} r={INNER} fill={kind === 'bowl' ? '#f6ecd6' : '#fbf5e8'} />
      {sorted.some((layer) => layer.picture === 'broth') && (
        <g className="fade-in" clipPath={`url(#${inside})`}>
          <circle cx={CENTRE.x} cy={CENTRE.y} r={INNER} fill={deep} />
          <circle cx={CENTRE.x - 4} cy={CENTRE.y - 5} r={INNER - 8} fill={light} />
          {strewn(11, 9, CENTRE, INNER * 0.95).map((spot) => (
            <circle key={spot.x} cx={spot.x} cy={spot.y} r={2 + (spot.turnDeg % 4)} fill="#f7d38d" opacity="0.5" />
          ))}
        </g>
      )}
      {sorted.map((layer) => (
        <g key={`${layer.componentId}-${layer.picture}`}>{toppingOf(layer, inside, dish)}</g>
      ))}
      {vinegar && (
        <g className="layer-in">
          <circle cx="206" cy="160" r="27" fill="#2f6b5c" />
          <circle cx="206" cy="160" r="22" fill="#f6ecd6" />
          <circle cx="206" cy="160" r="19" fill={vinegar.count > 1 ? '#241410' : '#4b2d22'} />
          <path d="M194 154c4-6 10-8 15-7" stroke="#a67c62" strokeWidth="3" fill="none" strokeLinecap="round" />
        </g>
      )}
    </>
  );
}
