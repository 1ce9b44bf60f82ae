import { expect, it } from 'vitest';
import { Gaps } from '../dataset/manifest.ts';

it('Gaps of one table and reason are one entry, whatever call struck them, the largest first', () => {
  const gaps = new Gaps();
  gaps.add('participants', 'not asked');
  gaps.add('quality_minutes', 'failed: GET /path (HTTP 500, log id 20250904055824AB): try again');
  gaps.add('quality_minutes', 'failed: GET /path (HTTP 500, log id 20250904055899CD): try again');
  gaps.add('meetings', 'nothing', 0);
  expect(gaps.list()).toEqual([
    { table: 'quality_minutes', reason: 'failed: GET /path (HTTP 500): try again', count: 2 },
    { table: 'participants', reason: 'not asked', count: 1 },
  ]);
});
