import { expect, it } from 'vitest';
import { Gaps } from '../dataset/manifest.ts';

const struck = (id: string) => `failed: GET /path (HTTP 500, log id ${id}): try again`;

const listed = (tables: readonly ('participants' | 'meetings')[]) => {
  const gaps = new Gaps();
  for (const table of tables) gaps.add({ table, kind: 'vanished', reason: 'vanished' });
  return gaps.list();
};

it('Gaps that differ in their table alone have one order, whoever came first', () => {
  expect(listed(['participants', 'meetings'])).toStrictEqual(listed(['meetings', 'participants']));
});

it('Gaps of one table and reason are one entry, whatever call struck them, the largest first', () => {
  const gaps = new Gaps();
  gaps.add({ table: 'participants', kind: 'not-asked', reason: 'not asked' });
  gaps.add({ table: 'quality_minutes', kind: 'failed', reason: struck('20250904055824AB') });
  gaps.add({ table: 'quality_minutes', kind: 'failed', reason: struck('20250904055899CD') });
  gaps.add({ table: 'meetings', kind: 'failed', reason: 'nothing', count: 0 });
  expect(gaps.list()).toEqual([
    { table: 'quality_minutes', kind: 'failed', reason: 'failed: GET /path (HTTP 500): try again', count: 2 },
    { table: 'participants', kind: 'not-asked', reason: 'not asked', count: 1 },
  ]);
});
