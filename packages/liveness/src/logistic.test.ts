import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossValidatedScores } from './cross-validation.ts';
import { median, NormalEquations, quantile } from './least-squares.ts';
import { type Example, fitLogistic, logLikelihoodRatio } from './logistic.ts';

describe('least squares', () => {
  it('solves what it is given, whatever the numbers', () => {
    const number = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: 3, maxLength: 3 }), (wanted) => {
        const equations = new NormalEquations(3);
        for (let i = 0; i < 12; i += 1) {
          const row = Float64Array.of(1, Math.sin(i), Math.cos(2 * i));
          equations.add(row, row[0] * wanted[0] + row[1] * wanted[1] + row[2] * wanted[2], 1 + (i % 3));
        }
        equations.solve()!.forEach((value, k) => {
          expect(value).toBeCloseTo(wanted[k], 6);
        });
      }),
    );
  });

  it('says so when the unknowns are not determined', () => {
    const equations = new NormalEquations(2);
    for (const x of [1, 2, 3]) equations.add(Float64Array.of(x, 2 * x), x, 1);
    expect(equations.solve()).toBeNull();
  });

  it('takes quantiles', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(quantile([0, 10], 0.25)).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

describe('the logistic model', () => {
  const examples: Example[] = Array.from({ length: 400 }, (_, i) => ({
    live: i % 4 === 0,
    features: { good: (i % 4 === 0 ? 2 : 0) + Math.sin(i * 12.9898), noise: Math.cos(i * 78.233) },
  }));

  it('leans on what separates and not on noise, and is not tied to the mix of examples', () => {
    const model = fitLogistic(examples, ['good', 'noise'], 1);
    const [good, noise] = model.terms;
    expect(good.weight).toBeGreaterThan(5 * Math.abs(noise.weight));
    // Half way between the classes the evidence is about nil, although attacks are three times as many.
    expect(Math.abs(logLikelihoodRatio(model, { good: 1, noise: 0 }))).toBeLessThan(0.6);
  });

  it('needs both kinds', () => {
    expect(() =>
      fitLogistic(
        examples.filter((example) => example.live),
        ['good'],
        1,
      ),
    ).toThrow(RangeError);
  });

  it('scores examples by models that did not see their block', () => {
    const numbered = examples.map((example, position) => ({ ...example, position, classSize: examples.length }));
    const honest = crossValidatedScores(numbered, ['good'], 1, 5);
    const all = fitLogistic(examples, ['good'], 1);
    expect(honest.length).toBe(400);
    expect(honest.some((score, i) => score !== logLikelihoodRatio(all, examples[i].features))).toBe(true);
  });
});
