import type { Steps } from './steps.ts';

/**
 * What overlapping windows, or pages of a list that moved while it was read, say together, nothing doubled. What lies in
 * two of them comes twice, yet two items of one may look alike: so each look counts as often as in the one that has most
 * of it. The later answer is the fresher one.
 */
export function* unionOf<T>(
  answers: readonly (readonly T[])[],
  lookOf: (item: T) => string,
): Steps<{ items: T[]; /** How many were left out. */ repeated: number }> {
  if (answers.length < 2) return { items: answers.flat(), repeated: 0 };
  const union = new Map<string, T[]>();
  let all = 0;
  for (const answer of answers) {
    all += answer.length;
    const looks = new Map<string, T[]>();
    for (const item of answer) {
      const look = lookOf(item);
      const same = looks.get(look);
      if (same === undefined) looks.set(look, [item]);
      else same.push(item);
      yield;
    }
    for (const [look, same] of looks) {
      if (same.length >= (union.get(look)?.length ?? 0)) union.set(look, same);
    }
  }
  const items = [...union.values()].flat();
  return { items, repeated: all - items.length };
}
