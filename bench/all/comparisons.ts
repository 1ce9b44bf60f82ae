/** What benches tell `npm run bench` of the product beside others, for the table at its end. */
import { appendFileSync, readFileSync } from 'node:fs';

/** Names the file to tell it in. */
export const COMPARISONS_FILE = 'BENCH_COMPARISONS';

export interface Comparison {
  /** With its unit, and which way is better. */
  what: string;
  ours: number;
  peer: string;
  theirs: number;
}

export function tellComparison(comparison: Comparison): void {
  const path = process.env[COMPARISONS_FILE];
  if (path !== undefined) appendFileSync(path, `${JSON.stringify(comparison)}\n`);
}

export function readComparisons(path: string): Comparison[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Comparison);
}
