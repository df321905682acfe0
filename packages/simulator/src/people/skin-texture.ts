import type { LinearTexture, Rgb } from '../scene-types.ts';
import { drawBrows } from './brows.ts';
import type { Face } from './face.ts';
import { beardDensity, type ScalpMask } from './hairlines.ts';
import { lidCrease } from './lids.ts';
import { bell, clamp, lerp, smoothstep } from './math.ts';
import { createRandom, fractalNoise, valueNoise } from './noise.ts';
import { wingDistance } from './nose.ts';
import { smileFoldAt } from './relief.ts';
import type { SkinAtlas } from './skin-atlas.ts';
import { type Skull, skullPoint } from './skull.ts';
import { melaninOf, type PersonTraits } from './traits.ts';

/** One texel on its way through the layers. */
type Texel = { r: number; g: number; b: number };

/** A layer of make-up: changes the texel that lies at (x, y) of the face. */
type Layer = (texel: Texel, x: number, y: number) => void;

/** Linear reflectance of the bare cheek. The two ends are typical of the lightest and the darkest human skin. */
export function skinTone(traits: PersonTraits): Rgb {
  const melanin = melaninOf(traits.skinReflectance);
  const light: Rgb = [0.7, 0.475, 0.375];
  const dark: Rgb = [0.125, 0.069, 0.044];
  const tone = light.map((c, i) => c * (dark[i] / c) ** melanin);
  tone[0] *= 1 + 0.03 * traits.skinRedness;
  tone[1] *= 1 - 0.035 * traits.skinRedness + 0.02 * traits.skinGold;
  tone[2] *= 1 - 0.03 * traits.skinRedness - 0.09 * traits.skinGold;
  const luminance = 0.2126 * tone[0] + 0.7152 * tone[1] + 0.0722 * tone[2];
  const scale = traits.skinReflectance / luminance;
  return [tone[0] * scale, tone[1] * scale, tone[2] * scale];
}

export function paintSkin(face: Face, skull: Skull, atlas: SkinAtlas, scalp: ScalpMask, seed: number): LinearTexture {
  const { widthPx, heightPx } = atlas;
  const rgb = new Float32Array(widthPx * heightPx * 3);
  const tone = skinTone(face.traits);
  const layers = faceLayers(face, tone, seed);
  const angles = Float64Array.from({ length: widthPx }, (_, i) => atlas.angleOfU((i + 0.5) / widthPx));
  const hair = rootColor(face.traits);
  const point = new Float64Array(3);
  const texel: Texel = { r: 0, g: 0, b: 0 };
  for (let row = 0; row < heightPx; row++) {
    const level = atlas.levelOfV((row + 0.5) / heightPx);
    const ring = skull.ring(level);
    for (let column = 0; column < widthPx; column++) {
      const angle = angles[column];
      skullPoint(ring, angle, point);
      const [x, y, z] = point;
      const cover = y > -80 ? scalp(angle, x, y) : 0;
      if (cover < 0.97) paintTexel(texel, face, tone, layers, { angle, level, x, y, z }, seed);
      else [texel.r, texel.g, texel.b] = hair;
      const amount =
        cover * scalpOpacity(face.traits) * (cover < 0.01 ? 1 : 0.86 + 0.28 * valueNoise(angle * 90, y / 0.9, seed));
      const o = (row * widthPx + column) * 3;
      rgb[o] = lerp(texel.r, hair[0], amount);
      rgb[o + 1] = lerp(texel.g, hair[1], amount);
      rgb[o + 2] = lerp(texel.b, hair[2], amount);
    }
  }
  return { widthPx, heightPx, rgb };
}

function scalpOpacity(traits: PersonTraits): number {
  return traits.hairStyle === 'buzz' ? 0.68 : 0.93;
}

/** Hair seen against the skin it grows from. */
function rootColor(traits: PersonTraits): Rgb {
  const grey = traits.hairGrey * 0.6;
  return [0, 1, 2].map((c) => lerp(traits.hairColor[c] * 0.8, 0.3, grey)) as unknown as Rgb;
}

type Place = { angle: number; level: number; x: number; y: number; z: number };

function paintTexel(texel: Texel, face: Face, tone: Rgb, layers: readonly Layer[], at: Place, seed: number): void {
  const { x, y } = at;
  const broad = fractalNoise(at.angle * 3, y / 26, seed, 2);
  texel.r = tone[0] * (1 + 0.04 * broad);
  texel.g = tone[1] * (1 + 0.03 * broad);
  texel.b = tone[2] * (1 + 0.03 * broad);
  if (Math.abs(at.angle) > 1.5 || at.level > 13 || at.level < 2.2) return;
  for (const layer of layers) layer(texel, x, y);
  const stubble = stubbleStrength(face.traits);
  if (stubble > 0) paintStubble(texel, face, stubble * beardDensity(face, x, y, at.z), x, y, seed);
}

function faceLayers(face: Face, tone: Rgb, seed: number): Layer[] {
  const layers = [
    mottling(face, seed),
    blush(face, seed),
    eyeShade(face),
    folds(face),
    nostrils(face),
    lips(face, tone, seed),
  ];
  if (face.traits.freckles > 0) layers.push(freckles(face, seed));
  if (face.traits.wrinkles > 0.05) layers.push(wrinkles(face, seed));
  if (face.traits.moleCount > 0) layers.push(moles(face, seed));
  layers.push(brows(face, seed));
  return layers;
}

/** Darkens all channels, red the least: what a fold or a shadow under the skin does. */
function shade(texel: Texel, amount: number): void {
  texel.r *= 1 - 0.75 * amount;
  texel.g *= 1 - amount;
  texel.b *= 1 - amount;
}

function mottling({ traits }: Face, seed: number): Layer {
  return (texel, x, y) => {
    const middle = fractalNoise(x / 7, y / 7, seed + 5, 2) * traits.mottling;
    const fine = 1 + 0.045 * middle + 0.032 * valueNoise(x / 1.1, y / 1.1, seed + 9);
    texel.r *= fine;
    texel.g *= fine * (1 - 0.03 * middle);
    texel.b *= fine * (1 - 0.03 * middle);
  };
}

/** Blood under thin skin: cheeks, nose, chin and lids. Dark skin shows less of it. */
function blush({ traits, marks }: Face, seed: number): Layer {
  const strength = lerp(1, 0.5, melaninOf(traits.skinReflectance));
  return (texel, x, y) => {
    const a = Math.abs(x);
    let red =
      0.34 * bell((a - 42) / 17) * bell((y + 34) / 15) +
      0.26 * bell(x / 13) * bell((y - marks.noseTipY + 2) / 11) +
      0.18 * bell(x / 17) * bell((y - marks.chinY) / 10) +
      0.12 * bell((a - traits.noseHalfWidthMm) / 4) * bell((y - marks.subnasaleY - 5) / 8) +
      0.16 * bell((a - marks.eyeX) / 17) * bell((y + 1) / 11);
    red *= strength * (1 + 0.3 * valueNoise(x / 9, y / 9, seed + 31));
    texel.g *= 1 - 0.42 * red;
    texel.b *= 1 - 0.38 * red;
  };
}

/** The hollows beside the root of the nose, under the eyes, and the crease of the upper lid. */
function eyeShade(face: Face): Layer {
  const { traits, marks } = face;
  const fade = lerp(1, 0.7, melaninOf(traits.skinReflectance));
  return (texel, x, y) => {
    const a = Math.abs(x);
    const dx = a - marks.eyeX;
    if (dx < -26 || dx > 26 || y > 26 || y < -26) return;
    shade(texel, (0.05 + 0.05 * traits.eyeBags) * bell((dx + 5) / 13) * bell((y + 12 + dx * 0.12) / 5));
    shade(texel, 0.1 * fade * bell((a - 16) / 5) * bell((y - 1) / 8));
    paintLid(texel, face, x < 0 ? 0 : 1, dx, y);
  };
}

function paintLid(texel: Texel, { lids, traits }: Face, eye: 0 | 1, dx: number, y: number): void {
  const lid = lids[eye];
  const dy = y - lid.centerY;
  const inside =
    smoothstep(lid.innerDx - 1.5, lid.innerDx + 1.5, dx) * smoothstep(lid.outerDx + 2, lid.outerDx - 0.5, dx);
  const upper = lid.upper(dx, 1);
  const lower = lid.lower(dx, 1);
  shade(texel, 0.18 * lidCrease(traits, lid, dx, dy));
  const lashLine = traits.sex === 'female' ? 1.4 : 1;
  const upperLine = 0.92 * bell(Math.max(0, dy - upper) / lashLine);
  const lowerLine = 0.4 * bell((lower - dy - 0.7) / 0.8) * smoothstep(lid.innerDx, lid.innerDx + 9, dx);
  const dark = inside * (dy > (upper + lower) / 2 ? upperLine : lowerLine);
  texel.r = lerp(texel.r, 0.022, dark);
  texel.g = lerp(texel.g, 0.017, dark);
  texel.b = lerp(texel.b, 0.015, dark);
}

function folds(face: Face): Layer {
  const { traits, lips } = face;
  return (texel, x, y) => {
    const a = Math.abs(x);
    const fold = smileFoldAt(face, y);
    shade(texel, 0.15 * traits.smileFold * fold.strength * bell((a - fold.x + 0.6) / 1.6));
    shade(texel, 0.32 * bell((a - lips.halfWidth) / 2.2) * bell((y - lips.seam(x)) / 1.5));
  };
}

function nostrils(face: Face): Layer {
  const { traits, marks } = face;
  const wingX = traits.noseHalfWidthMm - 6.3;
  return (texel, x, y) => {
    const a = Math.abs(x);
    if (a > 30 || Math.abs(y - marks.subnasaleY - 6) > 16) return;
    const crease =
      bell((wingDistance(face, a, y) - 7.6) / 1.2) *
      (a > wingX - 2 ? 1 : 0.2) *
      smoothstep(marks.subnasaleY + 16, marks.subnasaleY + 10, y);
    shade(texel, 0.24 * crease);
    const over = y - marks.subnasaleY;
    const hole = Math.exp(-(Math.abs((a - 6.7 - over * 0.5) / 3.4) ** 3) - Math.abs((over - 1.7) / 1.7) ** 3);
    shade(texel, 0.88 * hole);
  };
}

function lips(face: Face, tone: Rgb, seed: number): Layer {
  const { lips: curves, traits } = face;
  const tint = traits.lipTint;
  const red: Rgb = [
    tone[0] * lerp(0.86, 0.78, tint),
    tone[1] * lerp(0.63, 0.42, tint),
    tone[2] * lerp(0.67, 0.5, tint),
  ];
  return (texel, x, y) => {
    const a = Math.abs(x);
    if (a > curves.halfWidth + 3) return;
    const upper = curves.upper(x);
    const lower = curves.lower(x);
    if (y < lower - 3 || y > upper + 3) return;
    const seam = curves.seam(x);
    const ends = smoothstep(curves.halfWidth + 1, curves.halfWidth - 2.5, a);
    const amount = smoothstep(lower - 1.2, lower + 1.2, y) * smoothstep(upper + 1.2, upper - 1.2, y) * ends;
    const light = (y > seam ? 0.88 : 1) * (1 + 0.08 * valueNoise(x / 0.9, y / 4, seed + 61));
    texel.r = lerp(texel.r, red[0] * light, amount);
    texel.g = lerp(texel.g, red[1] * light, amount);
    texel.b = lerp(texel.b, red[2] * light, amount);
    shade(texel, 0.55 * bell((y - seam) / 0.7) * smoothstep(curves.halfWidth + 2.5, curves.halfWidth - 3, a));
  };
}

function freckles({ traits }: Face, seed: number): Layer {
  return (texel, x, y) => {
    const spots = valueNoise(x / 1.5, y / 1.5, seed + 21) + 0.3 * valueNoise(x / 8, y / 8, seed + 22);
    const amount = smoothstep(0.5, 0.78, spots) * traits.freckles * bell(x / 52) * bell((y + 18) / 30);
    texel.r *= 1 - 0.24 * amount;
    texel.g *= 1 - 0.36 * amount;
    texel.b *= 1 - 0.42 * amount;
  };
}

/** Lines across the forehead and fans beside the eyes. */
function wrinkles({ traits, marks }: Face, seed: number): Layer {
  return (texel, x, y) => {
    const a = Math.abs(x);
    if (y > marks.browY + 6 && y < marks.hairlineY) {
      const wave = (y - marks.browY) / 8.5 + 0.35 * valueNoise(x / 22, y / 30, seed + 41);
      const line = (0.5 + 0.5 * Math.cos(wave * 2 * Math.PI)) ** 10;
      shade(texel, 0.11 * traits.wrinkles * line * bell(x / 38) * smoothstep(marks.hairlineY, marks.hairlineY - 14, y));
    }
    const cx = a - marks.eyeX - 13;
    if (cx < -2 || cx > 26 || Math.abs(y) > 20) return;
    const radius = Math.hypot(cx, y);
    const rays = (0.5 + 0.5 * Math.cos(Math.atan2(y, cx) * 9 + 0.6 * valueNoise(radius / 4, a, seed + 43))) ** 6;
    shade(texel, 0.1 * traits.wrinkles * rays * bell((radius - 9) / 6));
  };
}

function moles({ traits }: Face, seed: number): Layer {
  const random = createRandom(seed + 991);
  const spots = Array.from({ length: traits.moleCount }, () => ({
    x: random.range(-52, 52),
    y: random.range(-90, 50),
    radius: random.range(0.6, 1.4),
  }));
  return (texel, x, y) => {
    for (const spot of spots) {
      const distance = Math.hypot(x - spot.x, y - spot.y) / spot.radius;
      if (distance < 2) shade(texel, 0.55 * Math.exp(-(distance ** 4)));
    }
  };
}

function brows(face: Face, seed: number): Layer {
  const map = drawBrows(face, seed);
  const { hairColor, hairGrey } = face.traits;
  // Brows are darker than the hair of a fair head, in the same hue.
  const darken = Math.min(0.75, 0.16 / Math.max(...hairColor));
  const color = hairColor.map((c) => lerp(c * darken, 0.25, hairGrey > 0.5 ? hairGrey * 0.35 : 0));
  return (texel, x, y) => {
    const cover = map.cover(x, y);
    if (cover === 0) return;
    texel.r = lerp(texel.r, color[0], cover);
    texel.g = lerp(texel.g, color[1], cover);
    texel.b = lerp(texel.b, color[2], cover);
  };
}

function stubbleStrength(traits: PersonTraits): number {
  if (traits.sex === 'female') return 0;
  return { none: 0.14, stubble: 0.5, moustache: 0.9, goatee: 0.88, full: 0.9 }[traits.beard];
}

function paintStubble(texel: Texel, face: Face, amount: number, x: number, y: number, seed: number): void {
  if (amount <= 0.002) return;
  // Under a grown beard the skin is covered evenly, a shaven one shows single hairs.
  const isGrown = face.traits.beard !== 'none' && face.traits.beard !== 'stubble';
  const speckle =
    (isGrown ? 0.85 : 0.45) + (isGrown ? 0.3 : 0.6) * smoothstep(0.05, 0.5, valueNoise(x / 0.75, y / 0.95, seed + 51));
  const cover = clamp(amount * speckle, 0, 1);
  const color = rootColor(face.traits);
  texel.r = lerp(texel.r, color[0] * 0.7 + texel.r * 0.16, cover);
  texel.g = lerp(texel.g, color[1] * 0.7 + texel.g * 0.18, cover);
  texel.b = lerp(texel.b, color[2] * 0.7 + texel.b * 0.22, cover);
}
