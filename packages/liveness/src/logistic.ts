import { NormalEquations } from './least-squares.ts';

/** One example: named numbers, and whether it is live. */
export type Example = { readonly features: Readonly<Record<string, number>>; readonly live: boolean };

/** log-likelihood ratio = bias + sum of weight * (feature - mean) / scale, natural logarithm, positive for live. */
export type LogisticModel = {
  readonly bias: number;
  readonly terms: readonly {
    readonly feature: string;
    readonly mean: number;
    readonly scale: number;
    readonly weight: number;
  }[];
};

const NEWTON_ROUNDS = 25;

/**
 * Logistic regression with a ridge penalty on the weights, by Newton's method (iteratively reweighted least squares).
 * Both classes weigh the same in total, so the result is a log-likelihood ratio and not tied to the mix of examples.
 *
 * @param ridge penalty in units of one example of mean weight; larger gives smaller, safer weights
 */
export function fitLogistic(examples: readonly Example[], names: readonly string[], ridge: number): LogisticModel {
  const liveCount = examples.filter((example) => example.live).length;
  const attackCount = examples.length - liveCount;
  if (liveCount === 0 || attackCount === 0) throw new RangeError('fitting needs examples of both kinds');
  const norms = names.map((name) => meanAndScale(examples.map((example) => example.features[name])));
  const rows = examples.map((example) =>
    Float64Array.of(1, ...names.map((name, k) => (example.features[name] - norms[k].mean) / norms[k].scale)),
  );
  const unknowns = names.length + 1;
  let solution: Float64Array = new Float64Array(unknowns);
  for (let round = 0; round < NEWTON_ROUNDS; round += 1) {
    const equations = new NormalEquations(unknowns);
    rows.forEach((row, i) => {
      const classWeight = examples.length / 2 / (examples[i].live ? liveCount : attackCount);
      const score = dot(row, solution);
      const probability = 1 / (1 + Math.exp(-score));
      // Floored so that examples far from the boundary do not blow the working response up.
      const curvature = Math.max(1e-4, probability * (1 - probability));
      const response = score + ((examples[i].live ? 1 : 0) - probability) / curvature;
      equations.add(row, response, classWeight * curvature);
    });
    for (let k = 1; k < unknowns; k += 1) {
      const unit = new Float64Array(unknowns);
      unit[k] = 1;
      equations.add(unit, 0, ridge);
    }
    const next = equations.solve();
    if (!next) throw new Error('the examples do not determine the model');
    solution = next;
  }
  return {
    bias: solution[0],
    terms: names.map((feature, k) => ({ feature, ...norms[k], weight: solution[k + 1] })),
  };
}

export function logLikelihoodRatio(model: LogisticModel, features: Readonly<Record<string, number>>): number {
  let sum = model.bias;
  for (const { feature, mean, scale, weight } of model.terms) sum += (weight * (features[feature] - mean)) / scale;
  return sum;
}

function meanAndScale(values: readonly number[]): { mean: number; scale: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, scale: Math.sqrt(variance) || 1 };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}
