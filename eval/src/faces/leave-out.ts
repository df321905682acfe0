import { type Compared, compareAll } from './pairs.ts';

type Sample = { readonly folder: number; readonly person: number; readonly raw: Float32Array };

/**
 * All pairs scored once more, centred not by the stored cohort mean but by that of everybody else in these folders: the
 * two people compared are left out of it. The stored mean may have been made from the very people measured, which flatters;
 * this does not. As there, each person counts once and each folder the same. Null where a folder has fewer than
 * four people.
 */
export function compareLeavingOut(samples: readonly Sample[]): Compared | null {
  const folders = [...new Set(samples.map(({ folder }) => folder))];
  const units = samples.map(({ raw }) => unit(raw));
  const people = [...new Set(samples.map(({ person }) => person))];
  const placeOf = new Map(people.map((person, place) => [person, place]));
  const means = people.map((person) => meanOf(units.filter((_, at) => samples[at].person === person)));
  const folderOf = people.map((person) => samples.find((sample) => sample.person === person)?.folder ?? 0);
  const members = folders.map((folder) => means.filter((_, place) => folderOf[place] === folder));
  if (members.some((own) => own.length < 4)) return null;
  const sums = members.map((own) => scaled(meanOf(own), own.length));
  // A pair's cohort mean is a weighted sum of few vectors, so a table of their products answers every pair.
  const elsewhere = folders.map((_, index) =>
    folders.reduce(
      (sum, __, other) => (other === index ? sum : plus(sum, meanOf(members[other]))),
      new Float64Array(units[0].length),
    ),
  );
  const perFolder = folders.map((_, index) => ({
    count: members[index].length,
    elsewhere: elsewhere[index],
    sum: sums[index],
    elsewhereElsewhere: dot(elsewhere[index], elsewhere[index]),
    elsewhereSum: dot(elsewhere[index], sums[index]),
    sumSum: dot(sums[index], sums[index]),
  }));
  const perPerson = means.map((mean, place) => {
    const of = perFolder[folders.indexOf(folderOf[place])];
    const mates = means.map((other, at) => (folderOf[at] === folderOf[place] ? dot(mean, other) : 0));
    return { mates, elsewhere: dot(mean, of.elsewhere), sum: dot(mean, of.sum) };
  });
  const indexed = samples.map((sample, at) => {
    const of = perFolder[folders.indexOf(sample.folder)];
    const place = placeOf.get(sample.person) ?? 0;
    return {
      ...sample,
      unit: units[at],
      place,
      of,
      elsewhere: dot(units[at], of.elsewhere),
      sum: dot(units[at], of.sum),
      people: means.map((mean, other) => (folderOf[other] === sample.folder ? dot(units[at], mean) : 0)),
    };
  });
  return compareAll(indexed, (one, other) => {
    const { of } = one;
    const left = one.place === other.place ? [one.place] : [one.place, other.place];
    const rest = of.count - left.length;
    const share = 1 / folders.length;
    const alongMean = (sample: typeof one) =>
      share * (sample.elsewhere + (sample.sum - left.reduce((sum, place) => sum + sample.people[place], 0)) / rest);
    const leftElsewhere = left.reduce((sum, place) => sum + perPerson[place].elsewhere, 0);
    const leftSum = left.reduce((sum, place) => sum + perPerson[place].sum, 0);
    const leftLeft = left.reduce(
      (sum, place) => sum + left.reduce((inner, mate) => inner + perPerson[place].mates[mate], 0),
      0,
    );
    const meanMean =
      share *
      share *
      (of.elsewhereElsewhere +
        (2 * (of.elsewhereSum - leftElsewhere)) / rest +
        (of.sumSum - 2 * leftSum + leftLeft) / (rest * rest));
    const [oneMean, otherMean] = [alongMean(one), alongMean(other)];
    const product = dot(one.unit, other.unit) - oneMean - otherMean + meanMean;
    return product / Math.sqrt((1 - 2 * oneMean + meanMean) * (1 - 2 * otherMean + meanMean));
  });
}

type Vector = Float64Array<ArrayBuffer>;

function unit(vector: Float32Array): Vector {
  const length = Math.hypot(...vector);
  return Float64Array.from(vector, (value) => value / length);
}

function meanOf(vectors: readonly Vector[]): Vector {
  return scaled(vectors.reduce(plus), 1 / vectors.length);
}

function plus(one: Vector, other: Vector): Vector {
  return one.map((value, at) => value + other[at]);
}

function scaled(vector: Vector, factor: number): Vector {
  return vector.map((value) => value * factor);
}

function dot(one: Vector, other: Vector): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += one[at] * other[at];
  return sum;
}
