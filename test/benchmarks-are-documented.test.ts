import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SHORT } from '../bench/all/short.ts';
import { ROOT } from './support/tree.ts';

const programs = readdirSync(join(ROOT, 'bench')).filter((name) => name.endsWith('.ts'));

test('docs/benchmarks.md names every program of bench', () => {
  const told = readFileSync(join(ROOT, 'docs/benchmarks.md'), 'utf8');
  expect(programs.length).toBeGreaterThan(0);
  expect(programs.filter((name) => !told.includes(`bench/${name}`))).toEqual([]);
});

test('the short form of every bench has options that the bench takes', () => {
  expect(Object.keys(SHORT).filter((name) => !programs.includes(`${name}.ts`))).toEqual([]);
  for (const [name, args] of Object.entries(SHORT)) {
    const source = readFileSync(join(ROOT, 'bench', `${name}.ts`), 'utf8');
    const options = args.filter((arg) => arg.startsWith('--')).map((arg) => arg.slice(2));
    const unknown = options.filter((option) => !new RegExp(`\\b${option}'?: \\{ type:`).test(source));
    expect([name, unknown]).toEqual([name, []]);
  }
});
