/**
 * Exports a month while workers and the Temporal server are killed at random moments, and compares every cell with the
 * tenant afterwards.
 *
 *     npx tsx bench/chaos.ts --days 30 --kills 50
 *     npx tsx bench/chaos.ts --days 30 --kills 50 --bucket
 *
 * Needs a build in dist, the Temporal CLI, and for a bucket `versitygw` on PATH. Takes some ten minutes.
 */
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { s3Program, startS3Server } from '../test/support/s3-server.ts';
import { runThroughChaos, type ChaosReport, type Victim } from '../test/support/chaos.ts';

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    kills: { type: 'string', default: '50' },
    workers: { type: 'string', default: '3' },
    meetings: { type: 'string', default: '20' },
    participants: { type: 'string', default: '4' },
    'rate-limit': { type: 'string', default: '100/6s' },
    seed: { type: 'string', default: '1' },
    /** `workflow` or `activity`. */
    'fan-out': { type: 'string', default: 'workflow' },
    /** The data are in a bucket, and not in a folder. */
    bucket: { type: 'boolean', default: false },
  },
});

const program = values.bucket ? s3Program() : undefined;
if (values.bucket && program === undefined) process.exit(1);
const server = program === undefined ? undefined : await startS3Server(program);
const report = await runThroughChaos({
  bucketOf: server,
  cli: await findTemporalCli(),
  from: '2025-03-01',
  days: Number(values.days),
  fanOut: values['fan-out'] === 'activity' ? 'activity' : 'workflow',
  concurrency: 3,
  workers: Number(values.workers),
  kills: Number(values.kills),
  rateLimit: values['rate-limit'],
  sandbox: {
    meetingsPerDay: Number(values.meetings),
    participantsPerMeeting: Number(values.participants),
    minutesPerMeeting: 10,
    taskDelayMs: [500, 4000],
  },
  seed: Number(values.seed),
  say: console.log,
});
await server?.close();
print(report);

function print({ incidents, result, lost, extra, doubled, ...figures }: ChaosReport): void {
  console.log(JSON.stringify(result));
  const rows = { lost: lost.length, 'wrong or unknown': extra.length, doubled: doubled.length };
  console.table({ ...figures, seconds: Math.round(figures.seconds), ...rows });
  for (const row of [...lost.slice(0, 5), ...extra.slice(0, 5), ...doubled.slice(0, 5)]) console.log(row);
  const victims: Victim[] = ['holder', 'stand-by', 'server'];
  console.table(Object.fromEntries(victims.map((victim) => [victim, spans(incidents, victim)])));
}

function spans(incidents: ChaosReport['incidents'], victim: Victim): Record<string, string | number> {
  const struck = incidents.filter((incident) => incident.victim === victim);
  const returns = struck.flatMap(({ firstCallAfterReturnMs: ms }) => (ms === null ? [] : [ms]));
  return {
    kills: struck.length,
    'silence, median and longest, s': medianAndLongest(struck.map((incident) => incident.silenceMs)),
    'calls went on before its return': struck.length - returns.length,
    'first call after its return, median and longest, s': medianAndLongest(returns),
  };
}

function medianAndLongest(ms: number[]): string {
  const sorted = ms.toSorted((a, b) => a - b);
  const [median, longest] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return median === undefined || longest === undefined
    ? '–'
    : `${(median / 1000).toFixed(1)}, ${(longest / 1000).toFixed(1)}`;
}
