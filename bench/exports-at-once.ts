/**
 * Measures many exports at once under a quota: how much of it creates use, how often a task is looked at, how soon after
 * its task a single export ends, and how soon one that is in a hurry gets its turn in the middle of a backfill.
 *
 *     npx tsx bench/exports-at-once.ts --exports 200
 *
 * Needs a build in dist, and the Temporal CLI. Takes some six minutes.
 */
import { parseArgs } from 'node:util';
import { findTemporalCli } from '../client/embedded/temporal-cli.ts';
import type { SandboxOptions } from '../sandbox/index.ts';
import type { LedgerCall } from '../sandbox/ledger.ts';
import { openWorld, type World } from '../test/support/day.ts';
import { callsReach } from '../test/support/load.ts';
import { startProduct } from '../test/support/product.ts';

const { values } = parseArgs({
  options: {
    exports: { type: 'string', default: '200' },
    'window-calls': { type: 'string', default: '100' },
    'window-ms': { type: 'string', default: '60000' },
  },
});
const limit = { calls: Number(values['window-calls']), windowMs: Number(values['window-ms']) };
const rateLimit = `${limit.calls}/${limit.windowMs}ms`;
const product = await startProduct({ cli: await findTemporalCli(), workers: 0 });

try {
  await many(Number(values.exports));
  await alone();
  await inAHurry();
} finally {
  await product.stop();
}

async function world(name: string, options: SandboxOptions): Promise<World> {
  return await openWorld(product, {
    name,
    sandbox: { rateLimit, window: 'sliding', ...options },
    env: { FEISHU_RATE_LIMIT: rateLimit },
  });
}

async function many(exports: number): Promise<void> {
  const here = await world('many', { taskDelayMs: [2000, 30_000] });
  const { from } = here.sandbox.tenant.dayRange('2025-03-03');
  const startMs = performance.now();
  await Promise.all(Array.from({ length: exports }, (_, i) => exportMeetings(here, from, from + 3600 + i)));
  const { calls, tasks } = here.sandbox.ledger;
  const creates = calls.filter(({ endpoint }) => endpoint === 'E1').map(({ atMs }) => atMs);
  const polls = tasks.map((task) => task.polls).toSorted((a, b) => a - b);
  console.log(`${exports} exports in ${seconds(performance.now() - startMs)} s`);
  console.table({
    tasks: tasks.length,
    throttled: calls.filter((call) => call.throttled).length,
    'most creates in a window': here.sandbox.ledger.maxInWindow('E1', limit.windowMs),
    'most looks in a window': here.sandbox.ledger.maxInWindow('E5', limit.windowMs),
    'creates took, s': seconds(creates.at(-1)! - creates[0]!),
    // Above 100 where the places of the first window, which are free at once, weigh in.
    'use of the quota of creates, %': (
      (100 * exports * limit.windowMs) /
      (limit.calls * (creates.at(-1)! - creates[0]!))
    ).toFixed(1),
    'looks per task, median': polls[Math.floor(polls.length / 2)],
    'looks per task, mean': (polls.reduce((sum, count) => sum + count, 0) / tasks.length).toFixed(2),
  });
  await here.close();
}

async function alone(): Promise<void> {
  const taskMs = 5000;
  const here = await world('alone', { taskDelayMs: [taskMs, taskMs] });
  const { from } = here.sandbox.tenant.dayRange('2025-03-03');
  await exportMeetings(here, from, from + 3600);
  const doneMs = here.sandbox.ledger.tasks[0]!.createdMs + taskMs;
  console.log(
    `a single export of a task of ${taskMs / 1000} s ends ${seconds(Date.now() - doneMs)} s after it is done`,
  );
  await here.close();
}

function isCreate({ endpoint }: LedgerCall): boolean {
  return endpoint === 'E2';
}

/** A backfill by export tasks fills the buckets of E2; single exports of the same kind come in between. */
async function inAHurry(): Promise<void> {
  const here = await world('hurry', { taskDelayMs: [500, 3000], meetingsPerDay: 200, participantsPerMeeting: 2 });
  const { client, sandbox } = here;
  const range = { from: '2025-03-03', to: '2025-03-04' };
  const run = await client.start('backfill', {
    ...range,
    include: ['participants'],
    listing: 'export',
    user_id_type: 'user_id',
  });
  await callsReach(sandbox.ledger, { count: limit.calls + 5, fits: isCreate });
  const day = sandbox.tenant.dayRange('2025-03-10');
  const waitsMs: number[] = [];
  for (const meeting of sandbox.tenant.meetings(day.from, day.to).slice(0, 10)) {
    const { meeting_no } = meeting;
    const meeting_start_time = String(meeting.meeting_start_time);
    const request = { meeting_no, meeting_start_time, meeting_end_time: String(meeting.meeting_end_time) };
    const startMs = Date.now();
    const single = await client.start('exportResource', { resource: 'participant_list', request });
    const fits = (call: LedgerCall) => isCreate(call) && call.params['meeting_start_time'] === meeting_start_time;
    await callsReach(sandbox.ledger, { count: 1, fits });
    waitsMs.push(sandbox.ledger.calls.find(fits)!.wallMs - startMs);
    await single.cancel();
  }
  waitsMs.sort((a, b) => a - b);
  console.log(
    `first call of a single export within a backfill: median ${seconds(waitsMs[5]!)} s, longest ${seconds(waitsMs.at(-1)!)} s`,
  );
  await run.cancel();
  await here.close();
}

async function exportMeetings({ client }: World, start: number, end: number): Promise<void> {
  const request = { start_time: String(start), end_time: String(end) };
  await (await client.start('exportResource', { resource: 'meeting_list', request })).result();
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
