import type { ReactNode } from 'react';

/** Single things seen from above or from the side, around (0, 0), about 60 wide. Drawn for this project. */

const leaf = (fill: string, vein: string) => (
  <>
    <path d="M0 26C-18 16-20-8 0-28 20-8 18 16 0 26Z" fill={fill} />
    <path d="M0 20V-18" stroke={vein} strokeWidth="2" fill="none" strokeLinecap="round" />
  </>
);

const frill = (fill: string, light: string) => (
  <>
    <path
      d="M-30 4c-6-10 4-18 10-15 1-10 14-13 19-6 6-8 19-5 20 4 9-2 16 7 10 15 5 8-3 17-11 14-2 9-15 10-19 3-6 6-18 3-18-5-9 1-15-4-11-10Z"
      fill={fill}
    />
    <path
      d="M-20 4C-8-2 8 8 22 0M-8-10C-2-4 2-4 8-12M-6 12c4-4 10-4 14 0"
      stroke={light}
      strokeWidth="2.6"
      fill="none"
      strokeLinecap="round"
    />
  </>
);

const cup = (content: string, shine: string) => (
  <>
    <path d="M-24-8h48l-6 30c-1 4-4 5-7 5h-22c-3 0-6-1-7-5Z" fill="#fffaf0" />
    <path d="M-20 8h40l-3 14c-1 4-3 5-6 5h-22c-3 0-5-1-6-5Z" fill="#f1e4cb" />
    <ellipse cy="-8" rx="24" ry="9" fill="#e8d8b8" />
    <ellipse cy="-8" rx="20" ry="6.6" fill={content} />
    <path d="M-10-10c4-2 8-2 12-1" stroke={shine} strokeWidth="2.4" fill="none" strokeLinecap="round" />
  </>
);

const cubes = (front: string, top: string, side: string) => (
  <>
    <path d="M-18-6 2-14l18 8-20 9Z" fill={top} />
    <path d="M-18-6 0 3v22l-18-9Z" fill={front} />
    <path d="M20-6 0 3v22l20-9Z" fill={side} />
  </>
);

const slices = (body: string, edge: string, marks: ReactNode) => (
  <>
    <path d="M-26 10c-4-14 6-26 22-26s28 8 30 20-10 16-24 16-24 4-28-10Z" fill={edge} />
    <path d="M-23 7c-3-11 6-20 20-20s24 7 26 16-9 12-21 12-22 3-25-8Z" fill={body} />
    {marks}
  </>
);

const strands = (colour: string, dark: string, width: number) => (
  <g fill="none" strokeLinecap="round">
    <path d="M-30 0c8-22 26-22 32-6s22 16 28-2" stroke={dark} strokeWidth={width + 1.5} />
    <path d="M-28 8c10-20 22-18 30-4s18 10 26-6" stroke={colour} strokeWidth={width} />
    <path d="M-26 16c10-16 20-14 28-4s16 6 24-8" stroke={dark} strokeWidth={width + 1.5} />
    <path d="M-24 20c8-12 18-12 26-4s14 6 22-6M-26-4c8-16 20-14 26-4s20 8 26-4" stroke={colour} strokeWidth={width} />
  </g>
);

const specks = (fill: string, round: boolean) =>
  (
    [
      [-18, -10, 20],
      [0, -18, -30],
      [16, -6, 60],
      [-10, 6, 80],
      [8, 10, -10],
      [22, 14, 30],
      [-22, 16, -50],
      [-2, 22, 10],
    ] as const
  ).map(([x, y, turn]) =>
    round ? (
      <circle key={x} cx={x} cy={y} r="3.6" fill={fill} />
    ) : (
      <ellipse key={x} cx={x} cy={y} rx="5" ry="2.6" fill={fill} transform={`rotate(${turn} ${x} ${y})`} />
    ),
  );

const dumpling = (skin: string, shade: string) => (
  <>
    <path d="M-30 12C-32-10-14-22 0-22s32 12 30 34c-1 7-8 8-12 6H-18c-5 2-11 1-12-6Z" fill={skin} />
    <path d="M-26 2C-24-12-12-20 0-20s24 8 26 22c-5-3-6-7-9-6s-4 6-8 4-4-7-9-7-5 7-9 7-5-5-9-4-4 4-8 6Z" fill={shade} />
    <path d="M-22 14h40" stroke={shade} strokeWidth="3" strokeLinecap="round" />
  </>
);

const bottle = (fill: string, cap: string) => (
  <>
    <path d="M-7-28H7v10c8 4 12 10 12 20v18c0 6-3 8-8 8h-22c-5 0-8-2-8-8V2c0-10 4-16 12-20Z" fill={fill} />
    <rect x="-9" y="-34" width="18" height="9" rx="3" fill={cap} />
    <rect x="-15" y="4" width="30" height="16" rx="3" fill="#fff7e3" />
  </>
);

const glass = (fill: string, top: string) => (
  <>
    <path d="M-22-28h44l-6 52c0 3-3 5-6 5h-20c-3 0-6-2-6-5Z" fill="#ffffff" opacity="0.75" />
    <path d="M-20-14h40l-5 38c0 2-2 3-4 3h-22c-2 0-4-1-4-3Z" fill={fill} />
    <ellipse cy="-14" rx="20" ry="4.5" fill={top} />
    <path d="M-12-6l3 24" stroke="#ffffff" strokeOpacity="0.5" strokeWidth="3.4" strokeLinecap="round" />
  </>
);

const stick = (fill: string, light: string) => (
  <g strokeLinecap="round" strokeWidth="9" fill="none">
    <path d="M-18 26-12-24M2 28V-28M20 26l-8-46" stroke={fill} />
    <path d="M-20 22-15-18M0 24v-44M17 22l-6-36" stroke={light} strokeWidth="3" />
  </g>
);

const disc = (top: string, side: string, marks: ReactNode) => (
  <>
    <path d="M-31-4v10c0 12 14 20 31 20S31 18 31 6V-4Z" fill={side} />
    <ellipse cy="-4" rx="31" ry="19" fill={top} />
    {marks}
  </>
);

const marks = (fill: string, places: readonly (readonly [number, number])[]) =>
  places.map(([x, y]) => <circle key={`${x} ${y}`} cx={x} cy={y} r="3" fill={fill} />);

const cheeseSlice = (top: string, side: string, holes: string) => (
  <>
    <path d="M-30 4 2-20 32 2v6L0 26-30 10Z" fill={side} />
    <path d="M-30 4 2-20 32 2 0 20Z" fill={top} />
    <ellipse cx="-6" cy="4" rx="5" ry="3" fill={holes} />
    <ellipse cx="11" cy="0" rx="6" ry="3.5" fill={holes} />
    <ellipse cx="2" cy="-9" rx="4" ry="2.4" fill={holes} />
  </>
);

export const PIECES: Readonly<Record<string, ReactNode>> = {
  patty: disc(
    '#7f4a30',
    '#552d1b',
    marks('#5c321e', [
      [-14, -8],
      [4, -12],
      [14, -2],
      [-4, 2],
      [-18, 0],
      [20, -8],
    ]),
  ),
  'veggie-patty': disc(
    '#99525a',
    '#6f353d',
    <>
      {marks('#6f9a45', [
        [-14, -8],
        [12, -2],
        [0, -14],
      ])}
      {marks('#f0c45a', [
        [-4, 2],
        [17, -9],
        [-20, -1],
      ])}
    </>,
  ),
  'chicken-patty': disc(
    '#e2a045',
    '#b8741f',
    marks('#f4c877', [
      [-14, -8],
      [4, -12],
      [14, -2],
      [-4, 2],
      [-20, 0],
      [20, -8],
    ]),
  ),
  cheese: cheeseSlice('#f9c04a', '#e79f1d', '#e9a525'),
  'vegan-cheese': cheeseSlice('#f3e3a8', '#dcc57c', '#dfcb88'),
  bacon: (
    <g fill="none" strokeLinecap="round">
      <path d="M-26-12c10-10 18-6 26 0s18 8 26-2M-26 12c10-10 18-6 26 0s18 8 26-2" stroke="#a83a2c" strokeWidth="14" />
      <path d="M-26-12c10-10 18-6 26 0s18 8 26-2M-26 12c10-10 18-6 26 0s18 8 26-2" stroke="#f2b8a0" strokeWidth="4" />
    </g>
  ),
  pickle: (
    <>
      <circle r="26" fill="#6d8d2a" />
      <circle r="21.5" fill="#b6cb5b" />
      {marks('#dbe69a', [
        [-9, -8],
        [8, -10],
        [13, 4],
        [-2, 12],
        [-14, 5],
        [1, -1],
      ])}
    </>
  ),
  lettuce: frill('#6fae48', '#a9d67c'),
  tomato: (
    <>
      <circle r="27" fill="#cf3b27" />
      <circle r="22.5" fill="#ef6a4e" />
      {[0, 72, 144, 216, 288].map((turn) => (
        <ellipse key={turn} cx="0" cy="-12" rx="5.4" ry="7.4" fill="#f9b27f" transform={`rotate(${turn})`} />
      ))}
    </>
  ),
  onion: (
    <g fill="none">
      <circle r="25" stroke="#a86f9f" strokeWidth="4" />
      <circle r="20" stroke="#f5e8f2" strokeWidth="7" />
      <circle r="13" stroke="#c9a0c3" strokeWidth="3" />
      <circle r="8.5" stroke="#f5e8f2" strokeWidth="5" />
    </g>
  ),
  cucumber: (
    <>
      <circle r="26" fill="#4d8a3c" />
      <circle r="22" fill="#cfe6a4" />
      <circle r="12" fill="#e5f2c6" />
      {[0, 60, 120, 180, 240, 300].map((turn) => (
        <ellipse key={turn} cx="0" cy="-12" rx="2" ry="4.4" fill="#a6c574" transform={`rotate(${turn})`} />
      ))}
    </>
  ),
  croutons: cubes('#c98a3e', '#f0c784', '#b27530'),
  dressing: (
    <path
      d="M-28 8c6-22 12-22 16-4s10 18 14 0 8-18 12-4 8 10 14-6"
      fill="none"
      stroke="#f3ead0"
      strokeWidth="6"
      strokeLinecap="round"
    />
  ),
  noodles: strands('#f3cf7f', '#d9a94b', 5),
  'rice-noodles': strands('#fbf5e6', '#dfd3ba', 3.6),
  broth: (
    <>
      <circle r="29" fill="#b56a2a" />
      <circle r="24" fill="#cd8438" />
      <circle cx="-8" cy="-6" r="5" fill="#e5ab5c" />
      <circle cx="9" cy="5" r="3.4" fill="#e5ab5c" />
      <circle cx="-4" cy="12" r="2.6" fill="#e5ab5c" />
    </>
  ),
  beef: slices(
    '#8c4a34',
    '#5f2d20',
    <path
      d="M-14 0c8-6 14 2 22-3M-10 9c8-4 14 1 20-2"
      stroke="#c08a6c"
      strokeWidth="3"
      fill="none"
      strokeLinecap="round"
    />,
  ),
  'minced-pork': (
    <>
      <path d="M-26 12c-4-12 8-28 26-28s30 14 26 28c-8 8-44 8-52 0Z" fill="#8a5432" />
      {specks('#b57a4d', true)}
      {[
        [-8, -6],
        [8, 0],
        [-4, 10],
      ].map(([x, y]) => (
        <circle key={x} cx={x} cy={y} r="4.6" fill="#6d3f24" />
      ))}
    </>
  ),
  tofu: cubes('#f1e3bd', '#fffaea', '#e0cd9c'),
  egg: (
    <>
      <ellipse rx="23" ry="28" fill="#d9b98a" />
      <ellipse rx="20" ry="25" fill="#fffaf0" />
      <circle cy="3" r="12" fill="#f2a02b" />
      <circle cx="-3" cy="0" r="4.4" fill="#ffc861" />
    </>
  ),
  'pak-choi': (
    <>
      <path d="M-6 30C-10 10-8 0 0-8 8 0 10 10 6 30Z" fill="#eaf3d6" />
      <path d="M0 4C-26 0-30-22-14-32-4-30-2-14 0-4 2-14 4-30 14-32 30-22 26 0 0 4Z" fill="#4e9147" />
      <path d="M0 22V-14M0-6l-12-14M0-6l12-14" stroke="#cfe6b4" strokeWidth="3" fill="none" strokeLinecap="round" />
    </>
  ),
  'spring-onion': (
    <g fill="none">
      {[
        [-12, -10],
        [10, -14],
        [16, 8],
        [-6, 8],
        [-18, 18],
        [4, 24],
      ].map(([x, y], index) => (
        <g key={x}>
          <circle cx={x} cy={y} r="6.6" stroke={index % 2 ? '#5fa552' : '#86c06a'} strokeWidth="4.4" />
          <circle cx={x} cy={y} r="3.4" fill="#e9f5d4" />
        </g>
      ))}
    </g>
  ),
  coriander: (
    <g>
      {[-46, 0, 46].map((turn) => (
        <g key={turn} transform={`rotate(${turn}) translate(0 -12)`}>
          <path d="M0 14C-6 8-16 8-13-2c-5-7 3-13 8-9C-4-18 4-18 5-11c5-4 13 2 8 9C16 8 6 8 0 14Z" fill="#3f8a45" />
          <path d="M0 14V-6" stroke="#8cc586" strokeWidth="2" strokeLinecap="round" />
        </g>
      ))}
      <path d="M0 4v26" stroke="#3f8a45" strokeWidth="4" strokeLinecap="round" />
    </g>
  ),
  'chilli-oil': (
    <g>
      <path d="M0-28C14-10 20-2 20 8a20 20 0 0 1-40 0c0-10 6-18 20-36Z" fill="#c5301d" />
      <path d="M-10 8a11 11 0 0 0 9 11" stroke="#f2816a" strokeWidth="4" fill="none" strokeLinecap="round" />
    </g>
  ),
  peanuts: (
    <g>
      {[
        [-12, -10, 30],
        [13, -4, -40],
        [-5, 15, 10],
      ].map(([x, y, turn]) => (
        <g key={x} transform={`translate(${x} ${y}) rotate(${turn})`}>
          <ellipse rx="13" ry="8.5" fill="#cf9748" />
          <ellipse cx="-1" cy="-1.5" rx="10.5" ry="5.5" fill="#e9bf7c" />
          <path d="M-8-1h14" stroke="#cf9748" strokeWidth="1.8" strokeLinecap="round" />
        </g>
      ))}
    </g>
  ),
  wontons: (
    <>
      <path
        d="M-28 2c4-16 16-20 28-14C10-20 26-16 28 0c8 4 2 14-6 10-4 12-36 14-44 0-8 4-14-4-6-8Z"
        fill="#fff6dd"
        stroke="#d9b97e"
        strokeWidth="2.4"
      />
      <ellipse cy="4" rx="14" ry="10" fill="#eab98c" />
      <path
        d="M-18-4c4 4 6 6 6 10M18-4c-4 4-6 6-6 10"
        stroke="#dcbf8a"
        strokeWidth="2.6"
        fill="none"
        strokeLinecap="round"
      />
    </>
  ),
  dumplings: dumpling('#f9ead0', '#e2c79a'),
  vinegar: bottle('#3d2a24', '#1f1512'),
  garlic: (
    <>
      <path
        d="M0-28c2 8 6 10 12 14 10 6 14 14 12 24-2 12-14 16-24 16S-22 22-24 10c-2-10 2-18 12-24 6-4 10-6 12-14Z"
        fill="#fbf3e4"
      />
      <path
        d="M0-18v42M-10-10c-6 10-6 22 0 34M10-10c6 10 6 22 0 34"
        stroke="#dfcbb0"
        strokeWidth="2.4"
        fill="none"
        strokeLinecap="round"
      />
    </>
  ),
  sesame: <g>{specks('#f1dba6', false)}</g>,
  salt: (
    <>
      <path d="M-16-8h32l4 32c0 4-3 6-6 6h-28c-3 0-6-2-6-6Z" fill="#eaf1f2" />
      <path d="M-16-8c0-16 32-16 32 0Z" fill="#9fb3b4" />
      {[
        [-7, -12],
        [0, -15],
        [7, -12],
      ].map(([x, y]) => (
        <circle key={x} cx={x} cy={y} r="1.8" fill="#2c4a47" />
      ))}
      <path d="M-10 2l3 20" stroke="#ffffff" strokeWidth="4" strokeLinecap="round" />
    </>
  ),
  ketchup: cup('#c8321f', '#f08a75'),
  mayo: cup('#f8ecc6', '#ffffff'),
  sauce: cup('#f0904a', '#ffc48f'),
  fries: stick('#e9b243', '#fbdc8b'),
  'sweet-potato-fries': stick('#dd7a2c', '#f6ab68'),
  nuggets: (
    <>
      <path d="M-28 4c-4-14 8-24 20-22 8-8 28-4 30 8 10 4 8 20-2 24-8 10-38 10-44 0-4-2-5-6-4-10Z" fill="#d08a2e" />
      <path d="M-24 8c2 8 40 14 50 0-2 14-12 16-26 16S-24 20-24 8Z" fill="#ab6a1c" />
      {specks('#ecb75e', true)}
    </>
  ),
  cola: glass('#4a2116', '#7a4130'),
  lemonade: glass('#f6dc62', '#fdf0a6'),
  water: glass('#bfe0ea', '#e4f4f8'),
  'soy-milk': glass('#f4e8cd', '#fffaf0'),
  coffee: (
    <>
      <path d="M-26-16h44v22c0 14-8 20-22 20S-26 20-26 6Z" fill="#fffaf0" />
      <path d="M18-10c14-4 16 18-1 18" stroke="#fffaf0" strokeWidth="6" fill="none" />
      <ellipse cx="-4" cy="-16" rx="22" ry="6" fill="#5c3620" />
    </>
  ),
  tea: (
    <>
      <path d="M-28-10h56c0 24-12 34-28 34S-28 14-28-10Z" fill="#fffaf0" />
      <ellipse cy="-10" rx="28" ry="8" fill="#e9dcc0" />
      <ellipse cy="-10" rx="23" ry="5.6" fill="#d8b24a" />
      <circle cx="-6" cy="-11" r="2.6" fill="#fffdf3" />
      <circle cx="7" cy="-9" r="2.6" fill="#fffdf3" />
    </>
  ),
  milk: (
    <>
      <path d="M-16-16h32v38c0 4-2 6-6 6h-20c-4 0-6-2-6-6Z" fill="#f6fbff" />
      <path d="M-16-16-8-30H8l8 14Z" fill="#cfe0ea" />
      <path d="M-16 2h32v12h-32Z" fill="#7fb2cf" />
    </>
  ),
  'oat-milk': (
    <>
      <path d="M-16-16h32v38c0 4-2 6-6 6h-20c-4 0-6-2-6-6Z" fill="#fdf6e6" />
      <path d="M-16-16-8-30H8l8 14Z" fill="#e3d1ab" />
      <path d="M-16 2h32v12h-32Z" fill="#c79a55" />
    </>
  ),
  ice: (
    <g>
      <rect x="-24" y="-8" width="26" height="26" rx="6" fill="#cfe9f2" transform="rotate(-14 -11 5)" />
      <rect x="0" y="-18" width="26" height="26" rx="6" fill="#e4f5fa" transform="rotate(12 13 -5)" />
      <path d="M-17 0l10-3M6-10l10 2" stroke="#ffffff" strokeWidth="3.4" strokeLinecap="round" />
    </g>
  ),
  lemon: (
    <>
      <circle r="27" fill="#f0c02e" />
      <circle r="23" fill="#fff6c9" />
      {[0, 60, 120, 180, 240, 300].map((turn) => (
        <path key={turn} d="M0-3-7-18a20 20 0 0 1 14 0Z" fill="#f8d957" transform={`rotate(${turn})`} />
      ))}
    </>
  ),
  mint: (
    <g>
      <g transform="rotate(-40) scale(0.8)">{leaf('#3f9a5e', '#a5dcae')}</g>
      <g transform="rotate(40) scale(0.8)">{leaf('#57b072', '#b9e6bd')}</g>
    </g>
  ),
  'ice-cream': (
    <>
      <path d="M-18 0h36L0 32Z" fill="#dba356" />
      <path d="M-12 4 2 24M12 4-2 24" stroke="#b97f38" strokeWidth="2.4" />
      <circle cy="-10" r="20" fill="#fff0c9" />
      <path d="M-20-6c4 8 10 0 14 4s8 2 12-1 8 4 14-3c-2 8-6 10-20 10S-18 2-20-6Z" fill="#f2dda4" />
    </>
  ),
  'chocolate-sauce': (
    <path
      d="M-26-6c0-14 14-20 26-20s26 6 26 20c0 8-8 8-9 1-2 10-3 22-9 22S0 6-4 6s-3 8-9 8-3-12-6-14-7 0-7-6Z"
      fill="#5a2f1d"
    />
  ),
  sprinkles: (
    <g strokeWidth="5" strokeLinecap="round">
      {(
        [
          [-18, -12, '#d3472c'],
          [2, -20, '#f5b83d'],
          [18, -4, '#4f9a6a'],
          [-8, 2, '#6fa8c9'],
          [10, 16, '#d3472c'],
          [-20, 16, '#b06a9b'],
        ] as const
      ).map(([x, y, colour], index) => (
        <path key={x} d={`M${x} ${y}l${index % 2 ? 7 : -5} ${index % 3 ? 6 : -6}`} stroke={colour} />
      ))}
    </g>
  ),
  sugar: cubes('#f4efe6', '#ffffff', '#ddd4c4'),
  'mango-pudding': (
    <>
      <path d="M-26 18c0-24 8-36 26-36s26 12 26 36c-10 6-42 6-52 0Z" fill="#f5a623" />
      <path d="M-16 2c2-8 8-12 14-12" stroke="#ffd37a" strokeWidth="5" fill="none" strokeLinecap="round" />
    </>
  ),
};

/** For a name without a drawing: something friendly of its own colour. */
export function unknownPiece(seed: number): ReactNode {
  const hue = seed % 360;
  return (
    <>
      <circle r="26" fill={`hsl(${hue} 45% 62%)`} />
      <circle r="19" fill={`hsl(${hue} 55% 74%)`} />
      <path d="M-9 4C-4 11 4 11 9 4" fill="none" stroke="#1e3a34" strokeWidth="3" strokeLinecap="round" />
      <circle cx="-7" cy="-5" r="2.4" fill="#1e3a34" />
      <circle cx="7" cy="-5" r="2.4" fill="#1e3a34" />
    </>
  );
}
