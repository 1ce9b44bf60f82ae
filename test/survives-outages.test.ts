/** An outage is a wait: Feishu, the data folder, the secret or the way of one process to Feishu is away for a while. */
import { describe, expect, test } from 'vitest';
import { SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { runThroughOutages } from './support/outages.ts';

const cli = await temporalCli();
/** Each is told of after some 20 to 80 s; one that is not told of never ends. */
const PATIENCE_MS = 420_000;
describe.skipIf(!cli)('a backfill through outages', () => {
  test(
    'waits, says for what, and ends complete, every cell as the tenant has it',
    async () => {
      const outages = ['feishu', 'store', 'secret', 'cut-off holder'] as const;
      const report = await runThroughOutages({
        cli: cli!,
        outages,
        from: '2025-03-04',
        days: 4,
        workers: 2,
        rateLimit: '20/2s',
        holdMs: 2_000,
        callsByAnother: 20,
        sandbox: { ...SMALL, meetingsPerDay: 10, participantsPerMeeting: 6, minutesPerMeeting: 10 },
      });
      expect(report.result).toMatchObject({ complete: true, days: { complete: 4 } });
      expect(report.result.units.failed ?? 0).toBe(0);
      expect(report.seen.map(({ outage }) => outage)).toStrictEqual(outages);
      expect(report).toMatchObject({ lost: [], extra: [], doubled: [], throttled: 0 });
      expect(report.mostInWindow).toBeLessThanOrEqual(20);
    },
    PATIENCE_MS,
  );
});
