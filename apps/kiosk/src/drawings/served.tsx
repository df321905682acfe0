import type { ReactNode } from 'react';
import type { Layer } from '../dish.ts';
import { PIECES } from './pieces.tsx';
import { strewn } from './scatter.ts';

/** Drinks, sides and sweets in a 240 x 200 picture. */

const has = (layers: readonly Layer[], picture: string): number =>
  layers.find((layer) => layer.picture === picture)?.count ?? 0;

const Shadow = ({ width = 70 }: { width?: number }) => (
  <ellipse cx="120" cy="186" rx={width} ry="8" fill="#1e3a34" opacity="0.12" />
);

const piece = (name: string, x: number, y: number, scale: number, turnDeg = 0, key?: string) => (
  <g key={key ?? `${name}-${x}-${y}`} transform={`translate(${x} ${y}) rotate(${turnDeg}) scale(${scale})`}>
    <g className="layer-in">{PIECES[name]}</g>
  </g>
);

const LIQUIDS: Readonly<Record<string, readonly [body: string, deep: string, surface: string, straw: string | null]>> =
  {
    cola: ['#5a2a1b', '#3c180f', '#855043', '#d3472c'],
    lemonade: ['#f7de6a', '#ecc83f', '#fdf1ac', '#2f7d5b'],
    water: ['#cbe6ee', '#a9d2de', '#e9f6fa', null],
    'soy-milk': ['#efdfbb', '#dfc894', '#f9efd8', null],
  };

export function GlassScene({ layers, dish }: { layers: readonly Layer[]; dish: string }) {
  const [body, deep, surface, straw] = LIQUIDS[dish] ?? LIQUIDS.water;
  return (
    <>
      <Shadow width={54} />
      {straw && (
        <path
          d="M142 70 158 12l18-6"
          stroke={straw}
          strokeWidth="7"
          fill="none"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      )}
      <path
        d="M76 28h88l-11 146c-1 8-5 11-12 11H99c-7 0-11-3-12-11Z"
        fill="#ffffff"
        fillOpacity="0.7"
        stroke="#cdbb94"
        strokeWidth="2.5"
      />
      <path d="M79.5 58h81l-8.6 114c-.6 6-4 8-9 8H97c-5 0-8.5-2-9-8Z" fill={body} />
      <path d="M84.5 122h71l-3.7 50c-.6 6-4 8-9 8H97c-5 0-8.5-2-9-8Z" fill={deep} opacity="0.55" />
      <ellipse cx="120" cy="58" rx="40.5" ry="8" fill={surface} />
      {has(layers, 'ice') > 0 && (
        <g className="layer-in">
          {(
            [
              [92, 58, -12],
              [120, 66, 14],
              [104, 88, 24],
              [128, 98, -18],
            ] as const
          ).map(([x, y, turn]) => (
            <g key={x} transform={`rotate(${turn} ${x + 12} ${y + 12})`}>
              <rect x={x} y={y} width="25" height="25" rx="6" fill="#ffffff" opacity="0.62" />
              <path d={`M${x + 5} ${y + 7}h9`} stroke="#ffffff" strokeWidth="3" strokeLinecap="round" />
            </g>
          ))}
        </g>
      )}
      {Array.from({ length: has(layers, 'mint') }, (_, index) =>
        piece('mint', 96 + index * 22, 50 - (index % 2) * 8, 0.72, index * 24 - 10),
      )}
      {Array.from({ length: has(layers, 'lemon') }, (_, index) =>
        piece('lemon', index === 0 ? 76 : 66 + index * 40, index === 0 ? 40 : 96 + index * 18, 0.8, 12),
      )}
      {Array.from({ length: has(layers, 'sugar') }, (_, index) =>
        piece('sugar', 186 + (index % 2) * 22, 168 - Math.floor(index / 2) * 22, 0.52),
      )}
      <path d="M90 44l9 120" stroke="#ffffff" strokeWidth="6" strokeOpacity="0.5" strokeLinecap="round" />
      <path d="M76 28h88" stroke="#ffffff" strokeWidth="4" strokeLinecap="round" />
    </>
  );
}

const Steam = () => (
  <g className="steam" fill="none" stroke="#c9b894" strokeWidth="5" strokeLinecap="round" opacity="0.7">
    <path d="M98 58c-8-10 8-16 0-28" />
    <path d="M122 52c-8-10 8-16 0-28" />
  </g>
);

export function CoffeeScene({ layers }: { layers: readonly Layer[] }) {
  const milk = has(layers, 'milk');
  const oat = has(layers, 'oat-milk');
  const white = milk + oat;
  const coffee = ['#4a2a18', '#a9744a', '#c79a70', '#dcbb97'][Math.min(3, white)];
  return (
    <>
      <Shadow width={86} />
      <Steam />
      <ellipse cx="116" cy="176" rx="88" ry="12" fill="#fffdf7" />
      <ellipse cx="116" cy="174" rx="62" ry="7" fill="#ece0c8" />
      <path d="M168 92c36-8 38 46-6 44" fill="none" stroke="#2f6b5c" strokeWidth="12" strokeLinecap="round" />
      <path d="M58 76h116c0 56-14 98-58 98S58 132 58 76Z" fill="#3a7d6c" />
      <path d="M64 100c4 42 20 66 44 72-30-2-46-40-50-96Z" fill="#5a9a88" opacity="0.6" />
      <ellipse cx="116" cy="76" rx="58" ry="15" fill="#2f6b5c" />
      <ellipse cx="116" cy="77" rx="51" ry="11" fill={coffee} style={{ transition: 'fill 400ms' }} />
      {white > 0 && (
        <g className="layer-in">
          <path
            d="M116 84c-16-4-20-12-10-14 6-1 9 2 10 5 1-3 4-6 10-5 10 2 6 10-10 14Z"
            fill={oat ? '#f3e3c4' : '#fff8ea'}
          />
        </g>
      )}
    </>
  );
}

export function TeaScene({ layers }: { layers: readonly Layer[] }) {
  return (
    <>
      <Shadow width={96} />
      <g transform="translate(-20 6)">
        <Steam />
      </g>
      <path d="M44 104c-24-2-28 44 6 46" fill="none" stroke="#b9d6c3" strokeWidth="11" />
      <path d="M146 118c20-2 14-34 36-38l4 10c-14 4-8 40-36 50Z" fill="#b9d6c3" />
      <path d="M42 120c0-32 24-46 56-46s56 14 56 46-14 62-56 62-56-30-56-62Z" fill="#fffaf0" />
      <path d="M46 138c6 30 24 44 52 44s46-14 52-44c-20 16-84 16-104 0Z" fill="#b3d2be" />
      <ellipse cx="98" cy="78" rx="32" ry="7" fill="#9fc4ad" />
      <path d="M70 76c4-14 52-14 56 0Z" fill="#cfe4d5" />
      <circle cx="98" cy="60" r="7" fill="#2f6b5c" />
      <g transform="translate(98 130)">
        {[0, 72, 144, 216, 288].map((turn) => (
          <ellipse
            key={turn}
            cx="0"
            cy="-10"
            rx="6"
            ry="9"
            fill="#fff"
            stroke="#dcc98f"
            strokeWidth="1.6"
            transform={`rotate(${turn})`}
          />
        ))}
        <circle r="5" fill="#f5b83d" />
      </g>
      <path d="M164 146h56c0 24-12 36-28 36s-28-12-28-36Z" fill="#3a7d6c" />
      <ellipse cx="192" cy="146" rx="28" ry="7" fill="#2f6b5c" />
      <ellipse cx="192" cy="146.5" rx="24" ry="5" fill="#dcb548" />
      {Array.from({ length: has(layers, 'sugar') }, (_, index) =>
        piece('sugar', 24 + index * 20, 172 - (index % 2) * 12, 0.5),
      )}
    </>
  );
}

function dips(layers: readonly Layer[]): ReactNode {
  const cups = ['ketchup', 'mayo', 'sauce'].flatMap((name) =>
    Array.from({ length: has(layers, name) }, (_, index) => ({ name, key: `${name}-${index}` })),
  );
  return cups.map(({ name, key }, index) =>
    piece(name, 198 - Math.floor(index / 2) * 4, 160 - index * 34, 0.92, 0, key),
  );
}

const sparkle = (x: number, y: number, size: number) => (
  <path
    key={`${x}-${y}`}
    d={`M${x} ${y - size}c${size * 0.15} ${size * 0.7} ${size * 0.3} ${size * 0.85} ${size} ${size}-${size * 0.7} ${size * 0.15}-${size * 0.85} ${size * 0.3}-${size} ${size}-${size * 0.15}-${size * 0.7}-${size * 0.3}-${size * 0.85}-${size}-${size} ${size * 0.7}-${size * 0.15} ${size * 0.85}-${size * 0.3} ${size}-${size}Z`}
    fill="#ffffff"
  />
);

const FRY_LEAN = [-17, -11, -6, -2, 3, 7, 12, 17, -14, 9, 0] as const;

export function FriesScene({ layers, dish }: { layers: readonly Layer[]; dish: string }) {
  const sweet = dish === 'sweet-potato-fries';
  const [body, light] = sweet ? ['#dd7a2c', '#f4a663'] : ['#edb945', '#fbdd8f'];
  return (
    <>
      <Shadow width={82} />
      {FRY_LEAN.map((lean, index) => {
        const x = 56 + index * 10.5;
        const top = 18 + ((index * 23) % 34);
        return (
          <g key={x} transform={`rotate(${lean} ${x} 130)`}>
            <rect x={x - 6.5} y={top} width="13" height={126 - top} rx="3" fill={body} />
            <rect x={x - 6.5} y={top} width="4.5" height={126 - top} rx="2" fill={light} />
          </g>
        );
      })}
      <path d="M46 92c30 20 98 20 128 0l-14 84c-1 6-4 9-10 9H70c-6 0-9-3-10-9Z" fill={sweet ? '#6b3a5b' : '#d3472c'} />
      <path d="M46 92c30 20 98 20 128 0l-2.6 16c-32 18-90 18-122.8 0Z" fill="#fffaf0" opacity="0.9" />
      <g fill="none" stroke="#fffaf0" strokeLinecap="round">
        <path d="M88 144c8 16 36 16 44 0" strokeWidth="7" />
        <path d="M96 130v3M124 130v3" strokeWidth="8" />
      </g>
      {has(layers, 'salt') > 0 && (
        <g className="layer-in">
          {[sparkle(78, 54, 7), sparkle(114, 36, 8), sparkle(148, 58, 6), sparkle(98, 76, 6), sparkle(134, 80, 5)]}
        </g>
      )}
      {dips(layers)}
    </>
  );
}

export function NuggetScene({ layers }: { layers: readonly Layer[] }) {
  return (
    <>
      <Shadow width={100} />
      <path d="M22 116h152l-14 60c-1 6-5 9-11 9H47c-6 0-10-3-11-9Z" fill="#2f6b5c" />
      {piece('nuggets', 60, 110, 0.86, -12)}
      {piece('nuggets', 100, 100, 0.9, 10)}
      {piece('nuggets', 138, 110, 0.86, -4)}
      {piece('nuggets', 78, 78, 0.86, 24)}
      {piece('nuggets', 120, 74, 0.9, -20)}
      {piece('nuggets', 98, 50, 0.86, 6)}
      <path d="M22 118h152l-14 58c-1 6-5 9-11 9H47c-6 0-10-3-11-9Z" fill="#3a7d6c" />
      <path d="M22 118h152l-3 12H25Z" fill="#2f6b5c" />
      <g fill="none" stroke="#f6ecd6" strokeLinecap="round">
        <path d="M80 154c7 12 29 12 36 0" strokeWidth="6" />
      </g>
      {dips(layers)}
    </>
  );
}

export function IceCreamScene({ layers }: { layers: readonly Layer[] }) {
  const sauce = has(layers, 'chocolate-sauce');
  const sprinkles = has(layers, 'sprinkles');
  return (
    <>
      <Shadow width={58} />
      <circle cx="90" cy="84" r="40" fill="#fbe6ae" />
      <circle cx="150" cy="84" r="40" fill="#fff1cd" />
      <path
        d="M62 70c4-14 16-22 28-22M126 66c6-12 16-18 26-18"
        stroke="#fffaf0"
        strokeWidth="7"
        fill="none"
        strokeLinecap="round"
      />
      {sauce > 0 && (
        <g className="layer-in">
          <path
            d="M52 74c2-24 22-34 38-34s30 8 36 22c8-14 18-22 30-22 20 0 34 16 34 34 0 8-10 8-11 0-3 14-6 24-13 24s-6-20-12-20-4 12-11 12-6-14-11-14-6 26-13 26-6-24-12-24-5 14-12 14-5-16-11-16-6 18-12 18c-8 0-8-14-10-20Z"
            fill="#5a2f1d"
          />
          {sauce > 1 && (
            <path
              d="M70 58c8-8 24-10 34-4M140 56c8-8 22-8 30 0"
              stroke="#8a5a40"
              strokeWidth="5"
              fill="none"
              strokeLinecap="round"
            />
          )}
        </g>
      )}
      {sprinkles > 0 && (
        <g className="layer-in" strokeWidth="5" strokeLinecap="round">
          {strewn(5, 8 + sprinkles * 6, { x: 120, y: 72 }, 54).map((spot, index) => (
            <path
              key={`${spot.x}`}
              d={`M${spot.x} ${spot.y * 0.7 + 18}l${index % 2 ? 6 : -5} ${index % 3 ? 4 : -5}`}
              stroke={['#d3472c', '#f5b83d', '#4f9a6a', '#6fa8c9', '#b06a9b'][index % 5]}
            />
          ))}
        </g>
      )}
      <path
        d="M40 100h160c-4 40-34 52-66 54v18h24c8 0 10 13 2 13H80c-8 0-6-13 2-13h24v-18c-32-2-62-14-66-54Z"
        fill="#bfe0e4"
        opacity="0.92"
      />
      <path d="M40 100h160l-2 10H42Z" fill="#ffffff" opacity="0.8" />
      <path
        d="M60 118c8 14 20 20 32 24"
        stroke="#ffffff"
        strokeWidth="6"
        fill="none"
        strokeLinecap="round"
        opacity="0.8"
      />
    </>
  );
}

export function PuddingScene({ layers }: { layers: readonly Layer[] }) {
  const cream = has(layers, 'milk');
  return (
    <>
      <Shadow width={94} />
      <ellipse cx="120" cy="172" rx="100" ry="15" fill="#fffdf7" />
      <ellipse cx="120" cy="170" rx="76" ry="9" fill="#ece0c8" />
      <path d="M56 160C56 92 74 58 120 58s64 34 64 102c-20 14-108 14-128 0Z" fill="#f3a01f" />
      <path d="M60 150c24 18 96 18 120 0 2 4 4 8 4 10-20 14-108 14-128 0Z" fill="#d98512" />
      <path d="M74 118c2-22 12-36 28-40" stroke="#ffd27a" strokeWidth="9" fill="none" strokeLinecap="round" />
      {cream > 0 && (
        <g className="layer-in">
          <path
            d="M86 66c-8-12 4-22 16-20 2-14 18-20 26-8 12-4 26 6 22 18 10 6 4 20-8 18-4 14-14 4-18 2-4 10-16 10-18 0-8 6-20 0-20-10Z"
            fill="#fffaf0"
          />
          <path d="M104 56c8-8 22-8 28 0" stroke="#eadfc6" strokeWidth="4" fill="none" strokeLinecap="round" />
          {cream > 1 && <path d="M150 84c6 10 2 26 8 40s-10 18-12 4 0-30-6-40Z" fill="#fffaf0" />}
        </g>
      )}
      <g transform="translate(160 62) rotate(30) scale(0.6)">{PIECES.mint}</g>
    </>
  );
}
