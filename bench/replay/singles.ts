/** Runs of a single export, a single session and a single meeting. */
import { setTimeout as sleep } from 'node:timers/promises';
import { childOf, together, type Stage } from './stage.ts';

/** Faults of E5 and E6 name no request, so these run one after the other and before all others. */
export async function recordBadFiles(stage: Stage): Promise<void> {
  stage.fault({ on: 'E6', kind: 'expired-file-token', times: 1 });
  await stage.record('export-resource-expired-token', await startExport(stage));
  stage.fault({ on: 'E6', kind: 'garbage-download', times: 1 });
  await stage.record('export-resource-bad-file-once', await startExport(stage));
  stage.fault({ on: 'E6', kind: 'garbage-download', times: 2 });
  await stage.record('export-resource-bad-file-twice', await startExport(stage));
}

async function startExport(stage: Stage, day = stage.day()) {
  const request = stage.window(day);
  return await stage.world.client.start('exportResource', { resource: 'meeting_list', request });
}

export async function recordExports(stage: Stage): Promise<void> {
  const of = async (name: string, ...faults: Omit<Parameters<Stage['fault']>[0], 'on' | 'match'>[]) => {
    const day = stage.day();
    stage.fault(...faults.map((fault) => ({ ...fault, on: 'E1' as const, match: stage.window(day) })));
    await stage.record(name, await startExport(stage, day));
  };
  await together([
    of('export-resource-plain'),
    of('export-resource-task-fails-then-anew', { kind: 'task-fails', times: 1 }),
    of('export-resource-tasks-keep-failing', { kind: 'task-fails' }),
    of('export-resource-lost-create', { kind: 'reset-after', times: 2 }),
    of('export-resource-no-permission', { kind: 'task-fails', failMsg: 'no permission' }),
    of('export-resource-refused', { kind: 'refuse', code: 121003 }),
    recordWrongInput(stage),
    recordCancelledExport(stage),
    recordPausedExport(stage),
  ]);
}

/** The client checks inputs before it sends them; Temporal's own does not. */
async function recordWrongInput(stage: Stage): Promise<void> {
  const { temporal, taskQueue } = stage.world.client;
  const run = await temporal.workflow.start('exportResource', {
    taskQueue,
    workflowId: `${taskQueue}/wrong-input`,
    args: [{ resource: 'meeting_list', request: { start_time: 'yesterday' }, colour: 'blue' }],
  });
  await stage.record('export-resource-invalid-input', { workflowId: run.workflowId, result: () => run.result() });
}

async function recordCancelledExport(stage: Stage): Promise<void> {
  const day = stage.day();
  const match = stage.window(day);
  stage.fault({ on: 'E1', kind: 'task-never-ends', match });
  const run = await startExport(stage, day);
  while (!(await run.progress()).doing.startsWith('waiting')) await sleep(50);
  await run.cancel();
  await stage.record('export-resource-cancelled', run);
}

/** The pause takes the call back while it is under way. */
async function recordPausedExport(stage: Stage): Promise<void> {
  const day = stage.day();
  stage.fault({ on: 'E1', kind: 'slow', delayMs: 2000, times: 1, match: stage.window(day) });
  const run = await startExport(stage, day);
  await stage.called('E1', stage.window(day));
  await run.pause();
  await sleep(3000);
  await run.resume();
  await stage.record('export-resource-paused', run);
}

/** Needs a worker with a short deadline. */
export async function recordDeadline(stage: Stage): Promise<void> {
  const day = stage.day();
  stage.fault({ on: 'E1', kind: 'task-never-ends', match: stage.window(day) });
  await stage.record('export-resource-never-ends', await startExport(stage, day));
}

export async function recordSessions(stage: Stage): Promise<void> {
  const { client } = stage.world;
  const of = async (name: string, source: 'list' | 'export' | 'both', kind?: 'loop-page-token') => {
    const { meeting, participant, match } = stage.session(stage.day());
    if (kind) stage.fault({ on: 'L3', kind, match });
    await stage.record(name, await client.start('participantQuality', { meeting, participant, source }));
  };
  const unknown = async () => {
    const { meeting, participant } = stage.session(stage.day());
    const nobody = { ...participant, user_id: 'ou_00000000000000000000000000000000' };
    const run = await client.start('participantQuality', { meeting, participant: nobody, source: 'both' });
    await stage.record('participant-quality-no-data', run);
  };
  await together([
    of('participant-quality-by-list', 'list'),
    of('participant-quality-by-export', 'export'),
    of('participant-quality-by-both', 'both'),
    of('participant-quality-broken-paging', 'list', 'loop-page-token'),
    unknown(),
  ]);
}

export async function recordMeetings(stage: Stage): Promise<void> {
  const { client } = stage.world;
  const byKey = async () => {
    const run = await client.start('meetingQuality', { meeting: stage.session(stage.day()).meeting });
    const events = await stage.record('meeting-quality-by-key', run);
    await stage.keep('participant-quality-of-a-meeting', childOf(events, 'participantQuality'));
  };
  const byDay = async () => {
    const day = stage.day();
    const { meeting_no } = stage.session(day).meeting;
    await stage.record(
      'meeting-quality-by-day',
      await client.start('meetingQuality', { meeting: { meeting_no, day } }),
    );
  };
  const failedUnit = async () => {
    const { meeting, match } = stage.session(stage.day());
    stage.fault({ on: 'L3', kind: 'refuse', code: 121003, match });
    await stage.record('meeting-quality-failed-unit', await client.start('meetingQuality', { meeting }));
  };
  const refusedList = async () => {
    const { meeting } = stage.session(stage.day());
    const { meeting_start_time } = meeting;
    stage.fault({ on: 'L2', kind: 'refuse', code: 121003, match: { meeting_start_time } });
    await stage.record('meeting-quality-refused-list', await client.start('meetingQuality', { meeting }));
  };
  const withoutChildren = async () => {
    const { meeting } = stage.session(stage.day());
    const run = await client.start('meetingQuality', { meeting, source: 'both', fan_out: 'activity' });
    await stage.record('meeting-quality-without-children', run);
  };
  await together([byKey(), byDay(), failedUnit(), refusedList(), withoutChildren()]);
}
