/**
 * Measures a backfill through outages of some minutes: what the operator reads and when, and when calls go on.
 *
 *     npx tsx bench/outages.ts --outages feishu,store,secret --hold-seconds 240
 *     npx tsx bench/outages.ts --outages 'cut-off holder,unheard holder' --rate-limit 100/6s --meetings 60
 *
 * Needs a build in dist, the Temporal CLI, and Linux (a disk in a mount namespace).
 */
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { SMALL } from '../test/support/day.ts';
import { runThroughOutages, type Outage } from '../test/support/outages.ts';

const { values } = parseArgs({
  options: {
    outages: { type: 'string', default: 'feishu,store,secret,cut-off holder,unheard holder' },
    'hold-seconds': { type: 'string', default: '240' },
    days: { type: 'string', default: '4' },
    meetings: { type: 'string', default: '30' },
    participants: { type: 'string', default: '6' },
    workers: { type: 'string', default: '2' },
    'rate-limit': { type: 'string', default: '100/6s' },
  },
});

const report = await runThroughOutages({
  cli: await findTemporalCli(),
  outages: values.outages.split(',') as Outage[],
  from: '2025-03-04',
  days: Number(values.days),
  workers: Number(values.workers),
  rateLimit: values['rate-limit'],
  holdMs: 1000 * Number(values['hold-seconds']),
  callsByAnother: 300,
  sandbox: {
    ...SMALL,
    meetingsPerDay: Number(values.meetings),
    participantsPerMeeting: Number(values.participants),
    minutesPerMeeting: 10,
  },
  say: console.log,
});
const { result, seen, lost, extra, doubled, mostInWindow, throttled, seconds } = report;
console.table(seen);
console.table({
  seconds: seconds.toFixed(1),
  complete: result.complete,
  units: JSON.stringify(result.units),
  gaps: JSON.stringify(result.gaps),
  'cells lost, wrong, doubled': `${lost.length}, ${extra.length}, ${doubled.length}`,
  'most calls of one endpoint in a window': mostInWindow,
  throttled,
});
