import { describe, expect, it } from 'vitest';
import { type Catalogue, holesOf, translator } from './words.ts';

const words = {
  plain: { en: 'Hello', zh: '你好' },
  hole: { en: 'to {shop}', zh: '付给 {shop}' },
  count: { en: { one: '{count} dish', other: '{count} dishes' }, zh: '{count} 份' },
} as const satisfies Catalogue;

describe('translator', () => {
  it('gives the text of its language', () => {
    expect(translator(words, 'en')('plain')).toBe('Hello');
    expect(translator(words, 'zh')('plain')).toBe('你好');
  });

  it('fills holes', () => {
    expect(translator(words, 'zh')('hole', { shop: 'Harbour' })).toBe('付给 Harbour');
  });

  it('chooses the plural form by the language’s rules', () => {
    const t = translator(words, 'en');
    expect([0, 1, 2].map((count) => t('count', { count }))).toEqual(['0 dishes', '1 dish', '2 dishes']);
    expect(translator(words, 'zh')('count', { count: 1 })).toBe('1 份');
  });

  it('does not let a hole stay open', () => {
    const t = translator(words, 'en');
    // @ts-expect-error the value is missing, which the compiler says too
    expect(() => t('hole')).toThrow('shop');
  });
});

describe('holesOf', () => {
  it('names each hole once, sorted', () => {
    expect(holesOf('{b} {a} {b}')).toEqual(['a', 'b']);
    expect(holesOf({ one: 'x', other: '{count}' })).toEqual(['count']);
  });
});
