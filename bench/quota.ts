/**
 * Measures how much of the quota of L3 a day's quality uses over three worker processes, while the one that makes the
 * calls is killed, and another one is stopped and goes on. Beside it, with one app and one profile, what one would write
 * without it (`bench/quota/peers.ts`), to which the same happens.
 *
 *     npx tsx bench/quota.ts --sessions 2000 --window-ms 6000
 *     npx tsx bench/quota.ts --sessions 1300 --window-ms 15000 --apps 2
 *     npx tsx bench/quota.ts --sessions 1000 --profiles 2
 *     npx tsx bench/quota.ts --sessions 1200 --window-ms 60000 --answer-ms 300
 *
 * `--sessions` is for each profile, in meetings of `--per-meeting`; `--profiles` for each app. Needs a build in dist, and the Temporal CLI.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import { summarise, type Incident } from '../test/support/api-lease-figures.ts';
import type { SandboxOptions } from '../sandbox/index.ts';
import { callsReach, compareDay, holderAmong, writeProfiles } from '../test/support/load.ts';
import { startProduct, type Product } from '../test/support/product.ts';
import { tellComparison } from './all/comparisons.ts';
import { measurePeer, PEERS, type PeerFigures } from './quota/peers.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '2000' },
    'per-meeting': { type: 'string', default: '10' },
    'window-calls': { type: 'string', default: '100' },
    'window-ms': { type: 'string', default: '6000' },
    'answer-ms': { type: 'string', default: '0' },
    'stop-ms': { type: 'string', default: '10000' },
    apps: { type: 'string', default: '1' },
    profiles: { type: 'string', default: '1' },
    'without-peers': { type: 'boolean', default: false },
    undisturbed: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const limit = { calls: Number(values['window-calls']), windowMs: Number(values['window-ms']) };
const sessions = Number(values.sessions);
const DAY = '2025-03-04';
const perMeeting = Number(values['per-meeting']);
const apps = Array.from({ length: Number(values.apps) }, (_, i) => ({ app_id: `cli_${i}`, app_secret: `secret-${i}` }));
const profiles = apps.flatMap((app, a) =>
  Array.from({ length: Number(values.profiles) }, (_, p) => ({ name: `app${a}-${p}`, app })),
);

const sandboxOptions: SandboxOptions = {
  rateLimit: `${limit.calls}/${limit.windowMs}ms`,
  window: 'sliding',
  answerDelayMs: Number(values['answer-ms']),
  meetingsPerDay: Math.ceil(sessions / perMeeting),
  participantsPerMeeting: perMeeting,
  minutesPerMeeting: 3,
  longMeetings: false,
};

async function main(): Promise<void> {
  const ours = await measureOurs();
  if (values['without-peers'] || profiles.length > 1) return;
  const stopMs = values.undisturbed ? null : Number(values['stop-ms']);
  const peers = await Promise.all(
    PEERS.map((peer) => measurePeer({ peer, sandbox: sandboxOptions, day: DAY, limit, stopMs })),
  );
  const all = Object.entries({
    'this product': ours,
    ...Object.fromEntries(PEERS.map((peer, i) => [peer, peers[i]!])),
  });
  console.table(Object.fromEntries(all.map(([who, figures]) => [who, shown(figures)])));
  for (const [peer, theirs] of all.slice(1)) {
    const compare = (what: string, figure: (of: PeerFigures) => number): void =>
      tellComparison({ what, peer, ours: figure(ours), theirs: figure(theirs) });
    compare('sessions answered, % (more is better)', ({ answered, sessions: asked }) => (100 * answered) / asked);
    compare('quota used, the whole run, % (more is better)', ({ wholeUtilisation }) => 100 * wholeUtilisation);
    compare('throttled calls (less is better)', ({ throttled }) => throttled);
  }
}

function shown({ sessions: asked, answered, throttled, mostInAnyWindow, wholeUtilisation }: PeerFigures): object {
  return {
    'sessions answered': `${answered} of ${asked}`,
    throttled,
    'most in any window': mostInAnyWindow,
    'use of the whole run, %': (100 * wholeUtilisation).toFixed(1),
  };
}

/** @returns the figures of the first app */
async function measureOurs(): Promise<PeerFigures> {
  const cli = await findTemporalCli();
  const product = await startProduct({ cli, workers: 0, sandbox: { apps, ...sandboxOptions } });
  try {
    const path = await writeProfiles(product, Object.fromEntries(profiles.map(({ name, app }) => [name, app])));
    const settings = { FEISHU_APP_ID: '', FEISHU_APP_SECRET: '', FEISHU_PROFILES: path };
    const env = { ...settings, FEISHU_RATE_LIMIT: `${limit.calls}/${limit.windowMs}ms` };
    for (let i = 0; i < 3; i++) await product.startWorker(env);
    const timer = values.verbose ? setInterval(() => console.log(line(product)), 2000) : undefined;
    const runs = profiles.map(async ({ name }) =>
      (await product.client.start('exportDay', { profile: name, day: DAY })).result(),
    );
    const incidents = values.undisturbed ? [] : await disturb(product);
    await Promise.all(runs);
    clearInterval(timer);
    return await report(product, incidents);
  } finally {
    await product.stop();
  }
}

function line({ sandbox: { ledger } }: Product): string {
  const counts = new Map<string, number>();
  for (const { endpoint } of ledger.calls) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
  return `${(performance.now() / 1000).toFixed(0)} s  ${[...counts].map(([id, count]) => `${id} ${count}`).join('  ')}`;
}

/** At a third of the calls the process that makes them is killed; at two thirds the one that took over is stopped. */
async function disturb({ sandbox: { ledger }, workers }: Product): Promise<Incident[]> {
  const total = sessions * profiles.length;
  const reach = (count: number) => callsReach(ledger, { count, fits: ({ endpoint }) => endpoint === 'L3' });
  const incidents: Incident[] = [];
  await reach(total / 3);
  const killed = await holderAmong(workers);
  incidents.push({ kind: 'SIGKILL', atMs: Date.now() });
  process.kill(killed.pid!, 'SIGKILL');
  await reach((2 * total) / 3);
  const stopped = await holderAmong(workers.filter((worker) => worker !== killed));
  incidents.push({ kind: 'SIGSTOP', atMs: Date.now() });
  process.kill(stopped.pid!, 'SIGSTOP');
  await delay(Number(values['stop-ms']));
  incidents.push({ kind: 'SIGCONT', atMs: Date.now() });
  process.kill(stopped.pid!, 'SIGCONT');
  return incidents;
}

async function report({ sandbox, dataDir }: Product, incidents: Incident[]): Promise<PeerFigures> {
  const all: PeerFigures[] = [];
  for (const [app, { app_id }] of apps.entries()) {
    const calls = sandbox.ledger.calls.filter((call) => call.endpoint === 'L3' && call.app === app_id);
    const arrivals = calls.map(({ wallMs, throttled }) => ({ app, atMs: wallMs, throttled }));
    const figures = summarise({ arrivals, limit, incidents });
    const answered = new Set(calls.filter(({ code }) => code === 0).map(({ params }) => JSON.stringify(params))).size;
    const mostInAnyWindow = sandbox.ledger.maxInWindow('L3', limit.windowMs, app_id);
    all.push({ ...figures, mostInAnyWindow, answered, sessions: answered });
    console.log(`${app_id}: ${arrivals.length} calls of L3`);
    console.table({
      'most in any window': mostInAnyWindow,
      throttled: figures.throttled,
      'use without incidents, %': (100 * figures.utilisation).toFixed(2),
      'use of the whole run, %': (100 * figures.wholeUtilisation).toFixed(2),
      ...Object.fromEntries(figures.gapsMs.map((gap) => [`gap after ${gap.kind}, ms`, Math.round(gap.gapMs)])),
    });
  }
  for (const { name } of profiles) {
    const { lost, extra, units, minutes } = await compareDay({
      dataDir,
      tenant: sandbox.tenant,
      day: DAY,
      profile: name,
    });
    // With one app and one profile: what was asked for and has no answer.
    if (profiles.length === 1) all[0]!.sessions += lost.length;
    console.log(`${name}: ${units} units, ${minutes} minutes, ${lost.length} lost, ${extra.length} doubled or wrong`);
  }
  return all[0]!;
}

await main();
