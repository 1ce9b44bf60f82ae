import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './support/tree.ts';

test('docs/benchmarks.md names every program of bench', () => {
  const told = readFileSync(join(ROOT, 'docs/benchmarks.md'), 'utf8');
  const programs = readdirSync(join(ROOT, 'bench')).filter((name) => name.endsWith('.ts'));
  expect(programs.length).toBeGreaterThan(0);
  expect(programs.filter((name) => !told.includes(`bench/${name}`))).toEqual([]);
});
