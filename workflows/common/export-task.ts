/**
 * One export task of Feishu: create, wait, download, read. Shared by every workflow that wants a file.
 *
 * Survives: a worker that dies at any point (a task that was created and recorded is never created again), a create
 * whose answer is lost (counted, then created anew), a task that fails (created anew after a pause, a bounded number
 * of times), a task that never ends (a deadline), a file token that expires (asked for again), a bad file (downloaded
 * again; the same bad bytes twice are final).
 */
import { addCounts } from '../../model/units.ts';
import { sleep } from '@temporalio/workflow';
import type { Created, StoredExport, StoredFile, UnitPlace } from '../../activities/index.ts';
import { CREATE_ENDPOINT, ENDPOINTS, type ExportResource } from '../../feishu/contract.ts';
import type { ExportRequest } from '../input.ts';
import { applicationFailure, failure } from './outcomes.ts';
import { files } from './activities.ts';
import type { ApiCalls } from './api-calls.ts';

const TASKS_AT_MOST = 3;
const UNKNOWN_CREATES_AT_MOST = 5;
const DOWNLOADS_AT_MOST = 4;
const PAUSE_AFTER_FAILED_TASK_MS = 30_000;

export interface ExportJob {
  profile: string;
  resource: ExportResource;
  request: ExportRequest;
  location: UnitPlace;
  /** End of what is asked about, unix seconds, where an empty file may mean "not yet". */
  settles_after?: number;
}

/** What a job that failed has cost. `calls`: by endpoint; `asked_at`: unix seconds, absent where nobody was asked. */
export interface ToldCost {
  calls: Record<string, number>;
  unknown_creates: number;
  asked_at?: number;
}

/** What a job has cost so far and where it stands. Outlives its failures, so that the caller can report them. */
export class ExportCost {
  /** By endpoint, failed attempts included. */
  readonly calls: Record<string, number> = {};
  unknownCreates = 0;
  /** When the last task was asked for, or was to be: unix seconds. */
  askedAt: number | undefined;
  readonly #onChange: () => void;
  #doing = 'starting';

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get doing(): string {
    return this.#doing;
  }

  set doing(doing: string) {
    this.#doing = doing;
    this.#onChange();
  }

  /** As the failure of a unit is noted with it. */
  get told(): ToldCost {
    const { calls, unknownCreates: unknown_creates, askedAt: asked_at } = this;
    return { calls, unknown_creates, ...(asked_at !== undefined && { asked_at }) };
  }

  add(endpoint: keyof typeof ENDPOINTS, calls: number): void {
    addCounts(this.calls, { [ENDPOINTS[endpoint].id]: calls });
    this.#onChange();
  }
}

interface ExportRun {
  job: ExportJob;
  calls: ApiCalls;
  cost: ExportCost;
}
interface Task {
  taskId: string;
  /** Who made it, and so may read it. */
  identity: Pick<Created, 'identity'>;
  /** Unix seconds. */
  askedAt: number;
  /** When this run heard of it. */
  createdAtMs: number;
  pollAfterMs: number;
  deadlineMs: number;
}
type Failed = { status: 'task-failed'; reason: string };
type Done = { status: 'done'; encryptedFileToken: string };

/** @throws ApplicationFailure ExportTaskFailed, ExportTaskTimedOut, PermissionDenied, UnreadableFile, NoData, and what the calls throw */
export async function runExport(run: ExportRun): Promise<StoredExport & { task_id: string }> {
  const { cost } = run;
  for (let tasks = 1; ; tasks++) {
    cost.doing = 'creating the task';
    const task = await createTask(run);
    const waited = await waitForTask(run, task);
    const outcome = waited.status === 'done' ? await fetchFile(run, task, waited) : waited;
    if (outcome.status !== 'task-failed') return { ...outcome, task_id: task.taskId };
    if (/no permission/i.test(outcome.reason)) {
      const advice = 'give the app creator (or the user of the token) the right Meeting management in Feishu Admin';
      throw failure('PermissionDenied', `export task ${task.taskId}: ${outcome.reason}; ${advice}`);
    }
    if (tasks >= TASKS_AT_MOST) {
      const message = `${tasks} export tasks in a row failed, the last one (${task.taskId}): ${outcome.reason}`;
      throw failure('ExportTaskFailed', `${message}; run it again later, or ask Feishu with the task id`);
    }
    cost.doing = `pausing after a failed task: ${outcome.reason}`;
    await sleep(PAUSE_AFTER_FAILED_TASK_MS * tasks, { summary: 'pause before a new task' });
  }
}

async function createTask({ job: { profile, resource, request, location }, calls, cost }: ExportRun): Promise<Task> {
  const ask = { profile, resource, request, ...('session' in location && { location }) };
  for (;;) {
    cost.askedAt = Math.floor(Date.now() / 1000);
    try {
      const created = await calls.make('createExportTask', ask, `create ${resource}`);
      cost.add(CREATE_ENDPOINT[resource], created.calls);
      const { task_id: taskId, poll_after_ms: pollAfterMs, deadline_ms: deadlineMs } = created;
      const identity = created.identity === undefined ? {} : { identity: created.identity };
      // This moment may be long after: nobody may have been there to go on.
      const askedAt = created.asked_at ?? Math.floor(Date.now() / 1000);
      cost.askedAt = askedAt;
      return { taskId, identity, askedAt, createdAtMs: Date.now(), pollAfterMs, deadlineMs };
    } catch (error) {
      if (applicationFailure(error)?.type !== 'CreateOutcomeUnknown') throw error;
      cost.add(CREATE_ENDPOINT[resource], 1);
      cost.unknownCreates++;
      if (cost.unknownCreates >= UNKNOWN_CREATES_AT_MOST) {
        const lost = `the answers of ${cost.unknownCreates} creates were lost`;
        throw failure('ExportTaskFailed', `${lost}; look at the network between the worker and Feishu`);
      }
    }
  }
}

async function waitForTask(run: ExportRun, task: Task): Promise<Done | Failed> {
  let pollAfterMs = task.pollAfterMs;
  for (let polls = 0; ; polls++) {
    run.cost.doing = `waiting for task ${task.taskId}`;
    await sleep(pollAfterMs, { summary: `until the next look at task ${task.taskId}` });
    const state = await poll(run, task, polls);
    if (state.status !== 'processing') return state;
    const ageMs = Date.now() - task.createdAtMs;
    if (ageMs >= task.deadlineMs) {
      const message = `export task ${task.taskId} was not done after ${Math.round(ageMs / 60_000)} minutes`;
      throw failure('ExportTaskTimedOut', `${message}; run it again, for a shorter time range if it happens again`);
    }
    pollAfterMs = nextPollMs({ proposedMs: state.pollAfterMs, ageMs, deadlineMs: task.deadlineMs });
  }
}

/** Of its age: how much later than done a task may be found done. A month takes some hundred polls then, 1,200 events. */
const SHARE_OF_AGE = 0.1;

/** Polls of a task that takes days come further and further apart, so that one history holds them all. */
export function nextPollMs(at: { proposedMs: number; ageMs: number; deadlineMs: number }): number {
  const { proposedMs, ageMs, deadlineMs } = at;
  return Math.min(Math.max(proposedMs, ageMs * SHARE_OF_AGE), Math.max(1000, deadlineMs - ageMs));
}

async function poll(
  { job: { profile, resource }, calls, cost }: ExportRun,
  { taskId, identity, createdAtMs }: Task,
  polls: number,
): Promise<Done | Failed | { status: 'processing'; pollAfterMs: number }> {
  const ask = { profile, resource, task_id: taskId, ...identity, polls, age_ms: Date.now() - createdAtMs };
  const state = await calls.make('pollExportTask', ask, `look at task ${taskId}`);
  cost.add('getExport', state.calls);
  switch (state.status) {
    case 'done':
      return { status: 'done', encryptedFileToken: state.encrypted_file_token };
    case 'failed':
      return { status: 'task-failed', reason: state.reason };
    case 'processing':
      return { status: 'processing', pollAfterMs: state.poll_after_ms };
  }
}

/** Downloads until the file can be read. A token that is no longer good is asked for again. */
async function fetchFile(run: ExportRun, task: Task, done: Done): Promise<StoredExport | Failed> {
  const { cost } = run;
  const bad = new Set<string>();
  let encryptedFileToken = done.encryptedFileToken;
  for (let downloads = 1; ; downloads++) {
    cost.doing = `downloading the file of task ${task.taskId}`;
    const answer = await download(run, task, encryptedFileToken);
    cost.add('downloadExport', answer.calls);
    if (answer.status === 'token-expired') {
      if (downloads >= DOWNLOADS_AT_MOST) return { status: 'task-failed', reason: 'its file is gone' };
      const again = await poll(run, task, downloads);
      if (again.status === 'task-failed') return again;
      if (again.status === 'processing')
        return { status: 'task-failed', reason: 'it was done and is processing again' };
      encryptedFileToken = again.encryptedFileToken;
      continue;
    }
    cost.doing = `reading the file of task ${task.taskId}`;
    const read = answer.status === 'bad' ? answer : await readFile(run, task, answer.file);
    if (read.status !== 'bad') return read;
    if (bad.has(read.sha256) || downloads >= DOWNLOADS_AT_MOST) {
      const message = `the file of task ${task.taskId} is bad each time it is downloaded (sha256 ${read.sha256})`;
      throw failure('UnreadableFile', `${message}: ${read.reason}`);
    }
    bad.add(read.sha256);
    await sleep('2 seconds', { summary: 'before the file is downloaded again' });
  }
}

async function download({ job, calls }: ExportRun, { taskId, identity }: Task, encryptedFileToken: string) {
  const { profile, resource, location } = job;
  const ask = { profile, resource, task_id: taskId, ...identity, encrypted_file_token: encryptedFileToken, location };
  return await calls.make('downloadExportFile', ask, `download the file of task ${taskId}`);
}

async function readFile(
  { job, cost }: ExportRun,
  { taskId, identity, askedAt }: Task,
  file: StoredFile,
): Promise<StoredExport | { status: 'bad'; sha256: string; reason: string }> {
  const { unknownCreates: unknown_creates, calls } = cost;
  try {
    return await files.storeExport.executeWithOptions({ summary: `read the ${job.resource} file` }, [
      { ...job, task_id: taskId, ...identity, file, unknown_creates, calls, asked_at: askedAt },
    ]);
  } catch (error) {
    const known = applicationFailure(error);
    if (known?.type !== 'UnreadableFile') throw error;
    return { status: 'bad', sha256: file.sha256, reason: known.message };
  }
}
