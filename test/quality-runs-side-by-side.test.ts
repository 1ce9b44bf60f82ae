/** How many sessions of a day are asked about side by side. */
import { expect, test } from 'vitest';
import { sessionsAtOnce } from '../workflows/at-once.ts';

test.each([
  { limit: '100 in 60 s', callsPerSecond: 100 / 60, byList: 25, byTask: 100 },
  { limit: '12 in 3 s', callsPerSecond: 4, byList: 60, byTask: 128 },
  { limit: '100 in 6 s', callsPerSecond: 100 / 6, byList: 64, byTask: 128 },
  { limit: '1 in 60 s', callsPerSecond: 1 / 60, byList: 24, byTask: 64 },
  { limit: 'no limit', callsPerSecond: null, byList: 64, byTask: 64 },
])('With $limit, $byList sessions are under way, $byTask where tasks are waited for', (given) => {
  const { callsPerSecond, byList, byTask } = given;
  const counts = (['list', 'export', 'both'] as const).map((source) => sessionsAtOnce(callsPerSecond, source));
  expect(counts).toEqual([byList, byTask, byTask]);
});
