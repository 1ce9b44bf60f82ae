/** Export tasks: created, processing for a while, done or failed, forgotten. Nothing runs: a task's state follows from the clock. */
import { randomBytes } from 'node:crypto';
import type { ExportResource, ExportTask } from '../feishu/contract.ts';
import { noPermission, notExist, paramError } from './api.ts';
import type { Clock } from './clock.ts';
import type { FaultRule } from './faults.ts';
import type { Table } from './layouts.ts';
import type { LedgerTask } from './ledger.ts';
import { taskDelay } from './options.ts';
import type { Settings } from './options.ts';
import { buildSheet } from './sheets.ts';

interface Task {
  id: string;
  resource: ExportResource;
  request: Record<string, unknown>;
  owner: string;
  createdWallMs: number;
  createdAtMs: number;
  /** Infinity for a task that never ends. */
  readyAtMs: number;
  /** Set when the task ends with status 2. */
  failMsg: string | undefined;
  /** Called when the file is first read. */
  table: () => Table;
  file: { token: string; untilMs: number } | undefined;
  polls: number;
  downloads: number;
}

interface TaskRequest {
  resource: ExportResource;
  request: Record<string, unknown>;
  owner: string;
  fault: FaultRule | undefined;
  table: () => Table;
}

export interface Tasks {
  /** Answers the new task's id. Every call makes a new task. */
  create(request: TaskRequest): string;
  /** E5. Throws what Feishu answers for unknown, malformed, forgotten and other people's ids. */
  poll(taskId: string, owner: string): ExportTask;
  /** The task that a file token is about, for E6. */
  fileOf(token: string, owner: string): { taskId: string; filename: string };
  /** The file's bytes; the same for every download of one task and shape. */
  bytes(taskId: string, fault: FaultRule | undefined): Promise<Buffer>;
  /** Makes a file token unknown; the next poll hands out another one. */
  expireFile(token: string): void;
  taskIdOf(token: string): string | undefined;
  ledger(): LedgerTask[];
}

const CACHED_BYTES = 128 * 1024 * 1024;
const SHAPES: readonly string[] = [
  'extra-column',
  'missing-column',
  'no-header',
  'reordered-columns',
  'title-row',
  'english-headers',
  'split-sheets',
  'other-sheet',
  'cut-rows',
  'reversed-rows',
  'rewrite-cells',
];

export function createTasks({ settings, clock }: { settings: Settings; clock: Clock }): Tasks {
  const tasks = new Map<string, Task>();
  const byToken = new Map<string, Task>();
  const files = new FileCache(CACHED_BYTES);
  // Part of every id, so that a sandbox that was started again does not hand out an id twice.
  const startedS = String(Math.floor(clock.nowMs() / 1000)).padStart(10, '0');

  const statusOf = (task: Task): 1 | 2 | 3 => {
    if (clock.monotonicMs() < task.readyAtMs) return 1;
    return task.failMsg === undefined ? 3 : 2;
  };
  const known = (task: Task | undefined, owner: string, what: string): Task => {
    if (!task || clock.monotonicMs() >= task.createdAtMs + settings.taskTtlMs) throw notExist(`no such ${what}`);
    if (task.owner !== owner) throw noPermission(`The ${what} belongs to another identity.`);
    return task;
  };
  const fileToken = (task: Task): string => {
    const nowMs = clock.monotonicMs();
    if (!task.file || nowMs >= task.file.untilMs) {
      // Base64 with both characters that a URL has to escape, beside the trailing `=`.
      const token = `${randomBytes(6).toString('base64')}+/${randomBytes(31).toString('base64')}`;
      task.file = { token, untilMs: nowMs + settings.fileTtlMs };
      byToken.set(token, task);
    }
    return task.file.token;
  };
  const fileTask = (token: string, owner: string): Task => {
    const task = known(byToken.get(token), owner, 'file');
    if (task.file?.token !== token || clock.monotonicMs() >= task.file.untilMs) throw notExist('no such file');
    return task;
  };

  return {
    create: ({ resource, request, owner, fault, table }) => {
      const number = tasks.size;
      const id = `7${startedS}${String(number).padStart(8, '0')}`;
      const createdAtMs = clock.monotonicMs();
      const neverEnds = fault?.kind === 'task-never-ends';
      tasks.set(id, {
        id,
        resource,
        request,
        owner,
        createdWallMs: clock.nowMs(),
        createdAtMs,
        readyAtMs: neverEnds ? Number.POSITIVE_INFINITY : createdAtMs + taskDelay(settings, number),
        failMsg: fault?.kind === 'task-fails' ? (fault.failMsg ?? 'internal error') : undefined,
        table,
        file: undefined,
        polls: 0,
        downloads: 0,
      });
      return id;
    },
    poll: (taskId, owner) => {
      if (!/^\d{19}$/.test(taskId)) throw paramError('task_id must be a decimal string of 19 digits');
      const task = known(tasks.get(taskId), owner, 'task');
      task.polls++;
      const status = statusOf(task);
      if (status === 1) return { status };
      if (status === 2) return { status, fail_msg: task.failMsg ?? '' };
      const token = fileToken(task);
      return { status, url: `https://files.example.com/obj/${encodeURIComponent(token)}`, file_token: token };
    },
    fileOf: (token, owner) => {
      const task = fileTask(token, owner);
      return { taskId: task.id, filename: `${task.resource}_${task.id}.xlsx` };
    },
    bytes: async (taskId, fault) => {
      const task = tasks.get(taskId);
      if (!task) throw notExist('no such task');
      task.downloads++;
      const shape = fault && SHAPES.includes(fault.kind) ? fault : undefined;
      return files.get(
        `${taskId} ${JSON.stringify([shape?.kind, shape?.column, shape?.find, shape?.text, shape?.rows])}`,
        () =>
          buildSheet({
            table: task.table(),
            language: settings.headerLanguage,
            nullMarker: settings.nullMarker,
            fault: shape,
          }),
      );
    },
    expireFile: (token) => {
      const task = byToken.get(token);
      if (task?.file?.token === token) task.file = undefined;
    },
    taskIdOf: (token) => byToken.get(token)?.id,
    ledger: () =>
      [...tasks.values()].map((task) => ({
        task_id: task.id,
        resource: task.resource,
        request: task.request,
        owner: task.owner,
        createdMs: task.createdWallMs,
        status: statusOf(task),
        polls: task.polls,
        downloads: task.downloads,
      })),
  };
}

/** Files by key, the oldest dropped first. Concurrent readers of one file share its making. */
class FileCache {
  #files = new Map<string, Buffer>();
  #making = new Map<string, Promise<Buffer>>();
  #bytes = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  async get(key: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const file = this.#files.get(key);
    if (file) return file;
    let making = this.#making.get(key);
    if (!making) {
      making = make().finally(() => this.#making.delete(key));
      this.#making.set(key, making);
      this.#keep(key, await making);
    }
    return making;
  }

  #keep(key: string, file: Buffer): void {
    this.#files.set(key, file);
    this.#bytes += file.length;
    for (const [oldest, bytes] of this.#files) {
      if (this.#bytes <= this.#maxBytes || oldest === key) return;
      this.#files.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}
