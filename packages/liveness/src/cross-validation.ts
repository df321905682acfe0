import { type Example, fitLogistic, logLikelihoodRatio } from './logistic.ts';

export type NumberedExample = Example & {
  /** Position among the examples of its class, in the order they were taken. */
  readonly position: number;
  readonly classSize: number;
};

/**
 * Scores every example with a model that saw neither it nor its neighbours: each class is cut into contiguous blocks
 * of the order it was taken in, because neighbours are frames of one sequence and a model that knows one knows the other.
 *
 * @param judged other versions of the same examples to be scored instead, by the models of the originals
 */
export function crossValidatedScores(
  examples: readonly NumberedExample[],
  names: readonly string[],
  ridge: number,
  blocks: number,
  judged: readonly NumberedExample[] = examples,
): number[] {
  const blockOf = ({ position, classSize }: NumberedExample) => Math.floor((position * blocks) / classSize);
  const scores = new Array<number>(judged.length);
  for (let block = 0; block < blocks; block += 1) {
    const model = fitLogistic(
      examples.filter((example) => blockOf(example) !== block),
      names,
      ridge,
    );
    judged.forEach((example, i) => {
      if (blockOf(example) === block) scores[i] = logLikelihoodRatio(model, example.features);
    });
  }
  return scores;
}
