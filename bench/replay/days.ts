/** Runs of days and of backfills, and what continues as new. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawInputs } from '../../client/index.ts';
import { addDays } from '../../model/calendar.ts';
import { findDay } from '../../test/support/day.ts';
import { childOf, together, type Stage } from './stage.ts';

type DayInput = Omit<RawInputs['exportDay'], 'day'>;

export async function recordDays(stage: Stage): Promise<void> {
  const { client } = stage.world;
  const of = async (name: string, input: DayInput = {}, day = stage.day()) =>
    await stage.record(name, await client.start('exportDay', { ...input, day }));
  const halved = async () => {
    const day = stage.day();
    stage.fault({ on: 'E1', kind: 'refuse', code: 121003, times: 1, match: stage.matchDay(day) });
    await of('export-day-halved-window', { include: ['meetings'] }, day);
  };
  const plain = async () => {
    const events = await of('export-day-with-quality');
    await stage.keep('meeting-quality-of-a-day', childOf(events, 'meetingQuality'));
    await stage.keep('export-resource-of-a-day', childOf(events, 'exportResource'));
  };
  const sealed = async () => {
    const day = stage.day();
    const input = { include: ['meetings'] as 'meetings'[], refresh: 'unsettled' as const, day };
    await of('export-day-unsettled', input, day);
    // Two looks in a row have to give the same rows.
    await (await client.start('exportDay', input)).result();
    await of('export-day-sealed', input, day);
  };
  const failedMeeting = async () => {
    const day = stage.day();
    const { meeting_no, meeting_start_time } = stage.session(day).meeting;
    stage.fault({ on: 'L2', kind: 'refuse', code: 121003, match: { meeting_no, meeting_start_time } });
    await of('export-day-failed-unit', { include: ['meetings', 'participants'] }, day);
    await of('export-day-asked-again', { include: ['meetings', 'participants'], refresh: 'missing' }, day);
  };
  await together([
    plain(),
    of('export-day-by-exports', { listing: 'export', source: 'export', user_id_type: 'user_id' }),
    of('export-day-reservations', { include: ['reservations'], room_level_id: stage.roomLevel }),
    of('export-day-external-meetings', { include: ['meetings', 'participants'], include_external_meetings: true }),
    halved(),
    sealed(),
    failedMeeting(),
    recordWaitingDay(stage),
    recordPausedDay(stage),
  ]);
}

/** Under another id than the day's own: behind the lock, and while another run holds it. */
async function recordWaitingDay(stage: Stage): Promise<void> {
  const { client } = stage.world;
  const day = stage.day();
  const include = ['meetings'] as 'meetings'[];
  stage.fault({ on: 'E1', kind: 'slow', delayMs: 4000, times: 1, match: stage.matchDay(day) });
  const holder = await client.start('exportDay', { day, include });
  await stage.called('E1', stage.matchDay(day));
  const waiting = await client.start('exportDay', { day, include }, { workflowId: 'waits-for-another-run' });
  await holder.result();
  const events = await stage.record('export-day-waits-for-another-run', waiting);
  await stage.keep('export-day-fetched-meanwhile', childOf(events, 'exportDay'));
  const free = await client.start('exportDay', { day, include }, { workflowId: 'behind-the-lock' });
  await stage.record('export-day-behind-the-lock', free);
}

async function recordPausedDay(stage: Stage): Promise<void> {
  const day = stage.day();
  stage.fault({ on: 'E1', kind: 'slow', delayMs: 2000, times: 1, match: stage.matchDay(day) });
  const run = await stage.world.client.start('exportDay', { day, include: ['meetings', 'participants'] });
  await stage.called('E1', stage.matchDay(day));
  await run.pause();
  await sleep(3000);
  await run.resume();
  const events = await stage.record('export-day-paused', run);
  await stage.keep('export-resource-paused-by-its-day', childOf(events, 'exportResource'));
}

export async function recordBackfills(stage: Stage): Promise<void> {
  const { client } = stage.world;
  const plain = async () => {
    const from = stage.day();
    const run = await client.start('backfill', { from, to: addDays(from, 1), include: ['meetings', 'participants'] });
    const events = await stage.record('backfill-plain', run);
    await stage.keep('export-day-of-a-backfill', childOf(events, 'exportDay'));
  };
  const planned = async () => {
    const from = stage.day();
    const run = await client.start('backfill', { from, to: addDays(from, 1), dry_run: true });
    await stage.record('backfill-dry-run', run);
  };
  const cancelled = async () => {
    const day = stage.day();
    stage.fault({ on: 'E1', kind: 'task-never-ends', match: stage.matchDay(day) });
    const run = await client.start('backfill', { from: day, to: day });
    await stage.called('E5', {});
    await sleep(1000);
    await run.cancel();
    const events = await stage.record('backfill-cancelled', run);
    const cancelledDay = await stage.keep('export-day-cancelled', childOf(events, 'exportDay'));
    await stage.keep('export-resource-cancelled-by-its-day', childOf(cancelledDay, 'exportResource'));
  };
  const wrongRange = async () => {
    const run = await client.start('backfill', { from: '2199-01-01', to: '2199-01-02' });
    await stage.record('backfill-invalid-range', run);
  };
  await together([plain(), planned(), cancelled(), wrongRange(), recordSteeredBackfill(stage)]);
}

/** Its first day fails, its second is slow, so that every message finds something to do. */
async function recordSteeredBackfill(stage: Stage): Promise<void> {
  const first = stage.day();
  const [second, last] = [addDays(first, 1), addDays(first, 3)];
  stage.fault(
    { on: 'E1', kind: 'task-fails', failMsg: 'no permission', times: 1, match: stage.matchDay(first) },
    { on: 'E1', kind: 'slow', delayMs: 5000, times: 1, match: stage.matchDay(second) },
  );
  const include = ['meetings'] as 'meetings'[];
  const order = 'oldest-first' as const;
  const run = await stage.world.client.start('backfill', { from: first, to: last, include, order, concurrency: 1 });
  await stage.called('E1', stage.matchDay(second));
  await run.setConcurrency(2);
  await run.skipDay(last);
  await run.retryFailed();
  await run.setConcurrency(99).catch(() => undefined);
  await run.pause();
  await sleep(1000);
  await run.resume();
  await stage.record('backfill-steered', run);
}

export interface GrowingWorlds {
  /** Days of many meetings, and what makes a backfill outgrow its history. */
  busy: Stage;
  /** Days of one meeting of many people. */
  crowded: Stage;
}

/** Needs a Temporal server that suggests to continue as new early. */
export async function recordGrowth({ busy, crowded }: GrowingWorlds): Promise<void> {
  const day = busy.day();
  const grown = await busy.world.client.start('exportDay', { day, include: ['meetings', 'participants'] });
  await grown.result();
  await busy.keepChain('export-day-continues-as-new', grown);
  const days = { from: addDays(day, 10), to: addDays(day, 22) };
  const range = await busy.world.client.start('backfill', { ...days, include: ['meetings'], concurrency: 3 });
  await range.result();
  await busy.keepChain('backfill-continues-as-new', range);
  const { tenant } = crowded.world.sandbox;
  const crowdedDay = findDay(tenant, '2025-04-01', (meetings) => meetings.length > 0);
  const { meeting } = crowded.session(crowdedDay);
  const quality = await crowded.world.client.start('meetingQuality', { meeting });
  await quality.result();
  await crowded.keepChain('meeting-quality-continues-as-new', quality);
}
