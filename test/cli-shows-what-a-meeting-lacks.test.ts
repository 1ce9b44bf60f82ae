/** What the command prints of a meeting names what it lacks. */
import { expect, test } from 'vitest';
import { meetingQualityLines } from '../client/cli/results.ts';

test('a meeting in which nobody is listed is printed with the reason', () => {
  const lines = meetingQualityLines({
    rows: 0,
    units: {},
    uri: 'file:///t.parquet',
    gaps: [{ reason: 'the list of participants: 126009 cannot find meeting', count: 1 }],
  });
  expect(lines).toContain('  gap       the list of participants: 126009 cannot find meeting: 1');
  expect(lines).toContain('  sessions  none');
});
