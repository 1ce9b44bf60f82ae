/** Workers and the Temporal server are killed at random moments of a backfill; bench/chaos.ts does the same for a month. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runThroughChaos, type ChaosReport } from './support/chaos.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { s3Program, startS3Server, type S3Server } from './support/s3-server.ts';

const cli = await temporalCli();
const s3 = s3Program();

const CASES = [
  { place: 'folder', fanOut: 'workflow', days: 3, kills: 5, seed: 7, struck: ['server', 'holder'] },
  { place: 'bucket', fanOut: 'activity', days: 2, kills: 3, seed: 12, struck: ['server'] },
] as const;

describe.skipIf(!cli || !s3).each(CASES)(
  'a backfill of $days days through $kills kills, by $fanOut, to a $place',
  (how) => {
    let report: ChaosReport;
    let server: S3Server | undefined;
    beforeAll(async () => {
      server = how.place === 'bucket' ? await startS3Server(s3!) : undefined;
      report = await runThroughChaos({
        cli: cli!,
        ...how,
        bucketOf: server,
        from: '2025-03-04',
        concurrency: 2,
        workers: 2,
        rateLimit: '20/2s',
        sandbox: { meetingsPerDay: 6, participantsPerMeeting: 4, minutesPerMeeting: 5, taskDelayMs: [200, 1000] },
      });
    }, 300_000);
    afterAll(async () => await server?.close());

    test('is published where it matters', () => {
      const victims = report.incidents.map((incident) => incident.victim);
      expect(victims).toHaveLength(how.kills);
      expect(victims).toEqual(expect.arrayContaining([...how.struck]));
    });

    test('ends complete, and every cell of every table is the tenant’s', () => {
      expect(report.result.complete).toBe(true);
      const { lost, extra, doubled } = report;
      expect({ lost, extra, doubled }).toStrictEqual({ lost: [], extra: [], doubled: [] });
      expect(report.units).toBeGreaterThan(30);
    });

    test('leaves no task behind but those of creates that it reports as unknown', () => {
      expect(report.recordedUnknownTasks).toBe(0);
      expect(report.tasksWithoutRecord).toBeLessThanOrEqual(report.unknownCreates);
    });

    test('never exceeds the quota', () => {
      expect(report.throttled).toBe(0);
    });
  },
);
