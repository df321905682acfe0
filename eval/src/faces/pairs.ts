/** All comparisons of a set of pictures, in typed arrays: a folder of a few thousand pictures has millions of them. */
export type Pairs = {
  readonly scores: Float64Array;
  /** The two pictures' places in the list that was compared. */
  readonly one: Int32Array;
  readonly other: Int32Array;
};

export type Compared = {
  /** Of one person. */
  readonly genuine: Pairs;
  /** Of two people of one folder: people of different folders differ in more than their faces. */
  readonly impostor: Pairs;
};

/** Every pair within a folder, scored once. */
export function compareAll<Sample extends { readonly folder: number; readonly person: number }>(
  samples: readonly Sample[],
  score: (one: Sample, other: Sample) => number,
): Compared {
  const counts = { genuine: 0, impostor: 0 };
  eachPair(samples, (kind) => counts[kind]++);
  const compared = { genuine: emptyPairs(counts.genuine), impostor: emptyPairs(counts.impostor) };
  const next = { genuine: 0, impostor: 0 };
  eachPair(samples, (kind, one, other) => {
    const pairs = compared[kind];
    const at = next[kind]++;
    pairs.scores[at] = score(samples[one], samples[other]);
    pairs.one[at] = one;
    pairs.other[at] = other;
  });
  return compared;
}

/** The pairs whose both pictures are wanted. */
export function pairsAmong(pairs: Pairs, wanted: (picture: number) => boolean): Pairs {
  const places: number[] = [];
  for (let at = 0; at < pairs.scores.length; at++) {
    if (wanted(pairs.one[at]) && wanted(pairs.other[at])) places.push(at);
  }
  const pick = <Values extends Float64Array | Int32Array>(from: Values, to: Values) => {
    for (const [at, place] of places.entries()) to[at] = from[place];
    return to;
  };
  return {
    scores: pick(pairs.scores, new Float64Array(places.length)),
    one: pick(pairs.one, new Int32Array(places.length)),
    other: pick(pairs.other, new Int32Array(places.length)),
  };
}

function eachPair(
  samples: readonly { readonly folder: number; readonly person: number }[],
  visit: (kind: 'genuine' | 'impostor', one: number, other: number) => void,
): void {
  for (let one = 0; one < samples.length; one++) {
    for (let other = 0; other < one; other++) {
      if (samples[one].folder !== samples[other].folder) continue;
      visit(samples[one].person === samples[other].person ? 'genuine' : 'impostor', one, other);
    }
  }
}

function emptyPairs(count: number): Pairs {
  return { scores: new Float64Array(count), one: new Int32Array(count), other: new Int32Array(count) };
}
