/** Somebody whose face resembles the one searched for. */
export type FaceHit = { readonly personId: string; readonly similarity: number };

/** Everybody's template in memory, for the search over all. */
export type FaceIndex = {
  readonly size: number;
  /** Stores or replaces; the vector has unit length. Throws RangeError for another dimension. */
  put(personId: string, vector: Float32Array): void;
  remove(personId: string): void;
  has(personId: string): boolean;
  /** Those at `from` or more, nearest first, at most `limit`. */
  search(probe: Float32Array, from: number, limit: number): FaceHit[];
  /** Overwrites everything. */
  clear(): void;
};

const FIRST_CAPACITY = 256;

/** Compares the probe with each vector in turn: 4 bytes a number, 4 KB a person of 1,024 numbers. */
export function createFaceIndex(dimension: number): FaceIndex {
  let values = new Float32Array(FIRST_CAPACITY * dimension);
  const people: string[] = [];
  const places = new Map<string, number>();

  function grow(): void {
    const larger = new Float32Array(values.length * 2);
    larger.set(values);
    values.fill(0);
    values = larger;
  }

  return {
    get size() {
      return people.length;
    },
    put(personId, vector) {
      if (vector.length !== dimension) throw new RangeError(`a vector of ${vector.length} numbers, not ${dimension}`);
      let place = places.get(personId);
      if (place === undefined) {
        place = people.length;
        if ((place + 1) * dimension > values.length) grow();
        people.push(personId);
        places.set(personId, place);
      }
      values.set(vector, place * dimension);
    },
    remove(personId) {
      const place = places.get(personId);
      const last = people.pop();
      if (place === undefined || last === undefined) {
        if (last !== undefined) people.push(last);
        return;
      }
      places.delete(personId);
      const lastAt = people.length * dimension;
      if (last !== personId) {
        values.copyWithin(place * dimension, lastAt, lastAt + dimension);
        people[place] = last;
        places.set(last, place);
      }
      values.fill(0, lastAt, lastAt + dimension);
    },
    has: (personId) => places.has(personId),
    search(probe, from, limit) {
      if (probe.length !== dimension) throw new RangeError(`a probe of ${probe.length} numbers, not ${dimension}`);
      const hits: FaceHit[] = [];
      for (let place = 0; place < people.length; place += 1) {
        const similarity = dotProduct(probe, values, place * dimension);
        if (similarity >= from) hits.push({ personId: people[place], similarity });
      }
      return hits.sort((a, b) => b.similarity - a.similarity).slice(0, limit);
    },
    clear() {
      values.fill(0);
      people.length = 0;
      places.clear();
    },
  };
}

/** Four sums side by side: each would otherwise wait for its own last addition. */
function dotProduct(probe: Float32Array, values: Float32Array, at: number): number {
  const { length } = probe;
  const whole = length - (length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += probe[i] * values[at + i];
    b += probe[i + 1] * values[at + i + 1];
    c += probe[i + 2] * values[at + i + 2];
    d += probe[i + 3] * values[at + i + 3];
  }
  for (let i = whole; i < length; i += 1) a += probe[i] * values[at + i];
  return a + b + c + d;
}
