/** How many sessions of a day are asked about side by side. */
import { expect, test } from 'vitest';
import { sessionsAtOnce } from '../workflows/common/concurrency.ts';

test.each([
  { limit: '100 in 60 s', callsPerSecond: 100 / 60, sessions: 14 },
  { limit: '12 in 3 s', callsPerSecond: 4, sessions: 32 },
  { limit: '100 in 6 s', callsPerSecond: 100 / 6, sessions: 64 },
  { limit: '1 in 60 s', callsPerSecond: 1 / 60, sessions: 12 },
  { limit: 'no limit', callsPerSecond: null, sessions: 64 },
])('With $limit, $sessions sessions are under way, 64 where tasks are waited for', ({ callsPerSecond, sessions }) => {
  const counts = (['list', 'export', 'both'] as const).map((source) => sessionsAtOnce(callsPerSecond, source));
  expect(counts).toEqual([sessions, 64, 64]);
});
