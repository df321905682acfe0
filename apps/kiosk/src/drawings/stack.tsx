import type { ReactNode } from 'react';
import type { Layer } from '../dish.ts';

/** A layer of a burger from the side: drawn from y 0 down to its height, around x 120, about 180 wide. */
type Slice = { readonly height: number; readonly draw: ReactNode };

const seeds = [
  [78, 26, -20],
  [101, 14, 10],
  [128, 12, -5],
  [152, 20, 25],
  [90, 36, 15],
  [116, 30, -12],
  [143, 34, 8],
  [168, 36, -18],
  [64, 40, 12],
] as const;

function topBun(crust: string, shade: string, shine: string, flecks: ReactNode): ReactNode {
  return (
    <>
      <path d="M30 50C30 16 76 2 120 2s90 14 90 48c0 7-5 10-12 10H42c-7 0-12-3-12-10Z" fill={crust} />
      <path d="M30 48c0 8 5 12 12 12h156c7 0 12-4 12-12-8 5-18 5-24 5H54c-6 0-16 0-24-5Z" fill={shade} />
      <path d="M50 36C58 18 84 11 106 11" fill="none" stroke={shine} strokeWidth="6" strokeLinecap="round" />
      {flecks}
    </>
  );
}

function bottomBun(crust: string, shade: string, crumb: string): ReactNode {
  return (
    <>
      <path d="M34 6c0-4 3-6 6-6h160c3 0 6 2 6 6v4c0 12-9 18-20 18H54C43 28 34 22 34 10Z" fill={crust} />
      <path d="M35 13c1 10 9 15 19 15h132c10 0 18-5 19-15-6 6-14 7-21 7H56c-7 0-15-1-21-7Z" fill={shade} />
      <rect x="38" y="0" width="164" height="6" rx="3" fill={crumb} />
    </>
  );
}

const SESAME = seeds.map(([x, y, turn]) => (
  <ellipse key={`${x}`} cx={x} cy={y} rx="4.2" ry="2.4" fill="#fff1cf" transform={`rotate(${turn} ${x} ${y})`} />
));
const OATS = seeds.map(([x, y, turn]) => (
  <ellipse key={`${x}`} cx={x} cy={y} rx="5" ry="2.8" fill="#e7cf9f" transform={`rotate(${turn} ${x} ${y})`} />
));

const TOP_BUNS: Readonly<Record<string, Slice>> = {
  bun: { height: 54, draw: topBun('#e2a04b', '#c9812f', '#f5cd8b', SESAME) },
  'gluten-free-bun': { height: 54, draw: topBun('#b98350', '#99663a', '#d6ab7c', OATS) },
};
const BOTTOM_BUNS: Readonly<Record<string, Slice>> = {
  bun: { height: 25, draw: bottomBun('#e2a04b', '#c9812f', '#f8dcab') },
  'gluten-free-bun': { height: 25, draw: bottomBun('#b98350', '#99663a', '#e0c193') },
};

function patty(body: string, dark: string, light: string, flecks: ReactNode): Slice {
  return {
    height: 22,
    draw: (
      <>
        <rect x="30" y="0" width="180" height="26" rx="13" fill={body} />
        <path d="M31 15c2 7 7 11 14 11h150c7 0 12-4 14-11-12 6-166 6-178 0Z" fill={dark} />
        <path d="M46 6h120" stroke={light} strokeWidth="4" strokeLinecap="round" strokeDasharray="34 12 52 10" />
        {flecks}
      </>
    ),
  };
}

const dots = (fill: string, places: readonly (readonly [number, number, number])[]) =>
  places.map(([x, y, r]) => <circle key={`${x}-${y}`} cx={x} cy={y} r={r} fill={fill} />);

function cheese(body: string, shade: string): Slice {
  return {
    height: 5,
    draw: (
      <>
        <path d="M32 0h176l2 6-26 2-20 15-22-14-34 0-18 12-22-13-36-2Z" fill={body} strokeLinejoin="round" />
        <path d="M32 0h176l1 4H31Z" fill={shade} />
      </>
    ),
  };
}

function drip(body: string, light: string): Slice {
  return {
    height: 5,
    draw: (
      <>
        <path
          d="M40 4c0-3 4-4 8-4h144c6 0 9 3 9 6 0 4-4 5-9 5-4 0-4 9-9 9s-6-9-12-9c-8 0-8 5-14 5s-7-5-16-5-9 12-15 12-6-12-14-12-12 3-18 3-8 6-13 6-5-9-13-9-28 2-28-7Z"
          fill={body}
        />
        <path d="M56 4h70" stroke={light} strokeWidth="3" strokeLinecap="round" />
      </>
    ),
  };
}

const rings = (fill: string, rind: string, light: string, xs: readonly number[], rx: number, height: number) =>
  xs.map((x) => (
    <g key={x}>
      <rect x={x - rx} y="0" width={rx * 2} height={height} rx={height / 2} fill={rind} />
      <rect x={x - rx + 4} y="1.5" width={rx * 2 - 8} height={height * 0.5} rx={height / 4} fill={fill} />
      <path d={`M${x - rx * 0.5} ${height * 0.4}h${rx * 0.6}`} stroke={light} strokeWidth="2" strokeLinecap="round" />
    </g>
  ));

/** A leaf from the side: waves above, scallops below. */
const FRILL = `M28 7${'q11.5-9 23 0'.repeat(8)}q5 3 0 7${'a11.5 9 0 0 1-23 0'.repeat(8)}q-5-4 0-7Z`;

const SLICES: Readonly<Record<string, Slice>> = {
  patty: patty(
    '#75432b',
    '#552d1b',
    '#94603f',
    dots('#5c321e', [
      [70, 13, 3],
      [102, 11, 2.4],
      [138, 14, 3],
      [176, 12, 2.6],
    ]),
  ),
  'veggie-patty': patty(
    '#8f4a4f',
    '#6f353d',
    '#b0706a',
    <>
      {dots('#6f9a45', [
        [62, 10, 3.4],
        [112, 15, 3],
        [160, 9, 3.4],
      ])}
      {dots('#f0c45a', [
        [86, 16, 3],
        [136, 8, 2.6],
        [186, 15, 3],
      ])}
    </>,
  ),
  'chicken-patty': {
    height: 22,
    draw: (
      <>
        <path
          d="M28 14c-2-8 6-14 14-12 6-5 16-4 22-1 8-4 18-3 24 0 9-4 20-3 27 0 8-4 19-3 26 0 8-3 18-3 25 1 8-3 18-1 24 1 10-2 22 3 21 12-1 10-10 12-18 11H46c-8 1-16-3-18-12Z"
          fill="#dc9636"
        />
        <path d="M30 17c3 7 10 10 17 9h146c8 1 15-2 17-9-14 5-166 5-180 0Z" fill="#b8741f" />
        {dots('#f2bf66', [
          [58, 8, 3],
          [84, 11, 2.4],
          [110, 7, 3],
          [142, 10, 2.6],
          [172, 8, 3],
          [128, 14, 2],
        ])}
        {dots('#a9661a', [
          [70, 13, 2],
          [98, 14, 2],
          [156, 14, 2.2],
          [188, 12, 2],
        ])}
      </>
    ),
  },
  cheese: cheese('#f2a51f', '#fcc04d'),
  'vegan-cheese': cheese('#efdc9a', '#fbf0c4'),
  bacon: {
    height: 9,
    draw: (
      <>
        <path
          d="M28 7c10-9 20-9 30 0s20 9 30 0 20-9 30 0 20 9 30 0 20-9 30 0 20 9 34-1"
          fill="none"
          stroke="#a83a2c"
          strokeWidth="11"
          strokeLinecap="round"
        />
        <path
          d="M28 7c10-9 20-9 30 0s20 9 30 0 20-9 30 0 20 9 30 0 20-9 30 0 20 9 34-1"
          fill="none"
          stroke="#f2b8a0"
          strokeWidth="3.4"
          strokeLinecap="round"
        />
      </>
    ),
  },
  lettuce: {
    height: 9,
    draw: (
      <>
        <path d={FRILL} fill="#76b54c" />
        <path
          d="M40 8c14-4 26 3 40 0s26 3 40 0 26 3 40 0 26 2 38 0"
          fill="none"
          stroke="#a6d577"
          strokeWidth="3"
          strokeLinecap="round"
        />
      </>
    ),
  },
  tomato: { height: 10, draw: rings('#ef6a4e', '#cf3b27', '#ffb39f', [82, 158], 42, 13) },
  onion: { height: 7, draw: rings('#faf1f7', '#b983b2', '#ffffff', [74, 126, 172], 30, 9) },
  pickle: { height: 7, draw: rings('#b6cb5b', '#6d8d2a', '#e5eeb0', [72, 120, 168], 23, 10) },
  sauce: drip('#f0904a', '#ffc48f'),
  ketchup: drip('#c8321f', '#ee7a63'),
  mayo: drip('#f8ecc6', '#ffffff'),
};

const UNKNOWN: Slice = { height: 12, draw: <rect x="40" y="0" width="160" height="13" rx="6.5" fill="#cdb58a" /> };

/** Bottom to top; what is not named lies under the sauce. */
const ORDER = ['lettuce', 'meat', 'bacon', 'tomato', 'onion', 'other', 'pickle', 'sauce'] as const;
const PATTIES = new Set(['patty', 'veggie-patty', 'chicken-patty']);
const CHEESES = new Set(['cheese', 'vegan-cheese']);
const SAUCES = new Set(['sauce', 'ketchup', 'mayo', 'dressing']);

export type Placed = { readonly key: string; readonly slice: Slice };

/** The pile from the plate up. A bun is both its halves; cheese goes between the patties. */
export function pileOf(layers: readonly Layer[], pattiesFirst: number): Placed[] {
  const buns = layers.filter((layer) => BOTTOM_BUNS[layer.picture]);
  const repeat = (layer: Layer, count: number): Placed[] =>
    Array.from({ length: count }, (_, index) => ({
      key: `${layer.componentId}-${layer.picture}-${index}`,
      slice: SLICES[layer.picture] ?? UNKNOWN,
    }));
  const patties = layers
    .filter((layer) => PATTIES.has(layer.picture))
    .flatMap((layer) => repeat(layer, layer.count - 1 + pattiesFirst));
  const cheeses = layers.filter((layer) => CHEESES.has(layer.picture)).flatMap((layer) => repeat(layer, layer.count));
  const meat: Placed[] = [];
  for (let index = 0; index < Math.max(patties.length, cheeses.length); index += 1) {
    if (patties[index]) meat.push(patties[index]);
    if (cheeses[index]) meat.push(cheeses[index]);
  }
  const named = (name: string) =>
    layers.filter((layer) => layer.picture === name).flatMap((layer) => repeat(layer, layer.count));
  const placed = ORDER.flatMap((kind) => {
    if (kind === 'meat') return meat;
    if (kind === 'sauce')
      return layers.filter((layer) => SAUCES.has(layer.picture)).flatMap((layer) => repeat(layer, layer.count));
    if (kind === 'other')
      return layers.filter((layer) => !isNamed(layer.picture)).flatMap((layer) => repeat(layer, layer.count));
    return named(kind);
  });
  return [
    ...buns.map((bun) => ({ key: `${bun.componentId}-bottom`, slice: BOTTOM_BUNS[bun.picture] })),
    ...placed,
    ...buns.map((bun) => ({ key: `${bun.componentId}-top`, slice: TOP_BUNS[bun.picture] })),
  ];
}

function isNamed(picture: string): boolean {
  const kinds: readonly string[] = ORDER;
  return (
    kinds.includes(picture) ||
    PATTIES.has(picture) ||
    CHEESES.has(picture) ||
    SAUCES.has(picture) ||
    BOTTOM_BUNS[picture] !== undefined
  );
}

const PLATE_Y = 176;
const ROOM = 158;

/** The last pickle has earned a face. */
function LonelyPickle() {
  return (
    <g className="layer-in">
      <g transform="translate(120 132)">
        <ellipse cx="0" cy="42" rx="40" ry="6" fill="#1e3a34" opacity="0.12" />
        <circle r="42" fill="#6d8d2a" />
        <circle r="35" fill="#b6cb5b" />
        {dots('#d9e492', [
          [-20, -18, 3.4],
          [0, -26, 3],
          [21, -16, 3.4],
          [-27, 6, 3],
          [27, 8, 3],
          [-12, 26, 3],
          [13, 26, 3],
        ])}
        <ellipse className="smile-mark-eyes" cx="-11" cy="-5" rx="3.4" ry="5" fill="#1e3a34" />
        <ellipse className="smile-mark-eyes" cx="11" cy="-5" rx="3.4" ry="5" fill="#1e3a34" />
        <path d="M-15 8C-8 19 8 19 15 8" fill="none" stroke="#1e3a34" strokeWidth="4" strokeLinecap="round" />
        <circle cx="-20" cy="6" r="4" fill="#f2a08c" opacity="0.6" />
        <circle cx="20" cy="6" r="4" fill="#f2a08c" opacity="0.6" />
      </g>
    </g>
  );
}

export function isLonelyPickle(layers: readonly Layer[]): boolean {
  return layers.length === 1 && layers[0].picture === 'pickle' && layers[0].count === 1;
}

/** In a 240 x 200 picture: a plate and what stands on it. A tall pile is drawn smaller rather than cut off. */
export function StackScene({ layers, pattiesFirst }: { layers: readonly Layer[]; pattiesFirst: number }) {
  const pile = pileOf(layers, pattiesFirst);
  const total = pile.reduce((sum, { slice }) => sum + slice.height, 0);
  const scale = Math.min(1, ROOM / Math.max(1, total));
  let y = 0;
  return (
    <>
      <ellipse cx="120" cy="182" rx="112" ry="13" fill="#e9dcc0" />
      <ellipse cx="120" cy="179" rx="108" ry="11" fill="#fffdf7" />
      <ellipse cx="120" cy="178" rx="84" ry="7" fill="#f1e6d0" />
      {isLonelyPickle(layers) ? (
        <LonelyPickle />
      ) : (
        <g className="layer" style={{ transform: `translate(${120 - 120 * scale}px, ${PLATE_Y}px) scale(${scale})` }}>
          {pile.map(({ key, slice }) => {
            y -= slice.height;
            return (
              <g key={key} className="layer" style={{ transform: `translate(0px, ${y}px)` }}>
                <g className="layer-in">{slice.draw}</g>
              </g>
            );
          })}
        </g>
      )}
    </>
  );
}

/** A burger's component alone, in a 100 x 100 picture; null for what is not a burger's. */
export function sliceThumbnail(picture: string): ReactNode | null {
  if (TOP_BUNS[picture]) {
    return (
      <g transform="translate(4 24) scale(0.384)">
        {TOP_BUNS[picture].draw}
        <g transform="translate(0 78)">{BOTTOM_BUNS[picture].draw}</g>
      </g>
    );
  }
  const slice = SLICES[picture];
  if (!slice) return null;
  const scale = 0.46;
  return (
    <g transform={`translate(${50 - 120 * scale} ${50 - (slice.height / 2) * scale}) scale(${scale})`}>{slice.draw}</g>
  );
}
