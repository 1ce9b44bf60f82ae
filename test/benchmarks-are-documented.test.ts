import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/tree.ts';

test('docs/benchmarks.md says how to run each benchmark, and names none that does not exist', () => {
  const told = readFileSync(join(ROOT, 'docs/benchmarks.md'), 'utf8').match(/bench\/[\w-]+\.ts/g) ?? [];
  const real = readdirSync(join(ROOT, 'bench')).filter((name) => name.endsWith('.ts'));
  expect([...new Set(told)].toSorted()).toEqual(real.map((name) => `bench/${name}`).toSorted());
});
