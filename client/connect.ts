/** The client proper: connects, starts work or attaches to it, finds it again. */
import { createHash } from 'node:crypto';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { checkInput, type Inputs, type RawInputs, type WorkflowType } from '../workflows/input.ts';
import { backfillWorkflowId, dayWorkflowId, singleWorkflowId } from '../workflows/ids.ts';
import {
  AlreadyRunningDifferentlyError,
  ConnectionSettingsError,
  InvalidInputError,
  RunNotFoundError,
  ServerUnreachableError,
} from './errors.ts';
import { createHandle, grpcCode, type HandleOf } from './handle.ts';
import { canonicalJson, differingFields, findRunning } from './running.ts';

export const DEFAULT_TASK_QUEUE = 'feishu-vc';
const DEFAULT_ADDRESS = 'localhost:7233';

export interface ConnectOptions {
  /** `host:port`; default: Temporal's own settings (`TEMPORAL_ADDRESS`, `TEMPORAL_PROFILE`, config file). */
  address?: string;
  namespace?: string;
  /** Default `FEISHU_TASK_QUEUE`, else `feishu-vc`. */
  taskQueue?: string;
  /** How long the server may take to answer, default 10 s. */
  connectTimeoutMs?: number;
  /** Read instead of the process's environment. */
  env?: Record<string, string | undefined>;
}

export interface StartOptions {
  /** Instead of the id that is derived from the input. Keep names and user ids out of it: ids are shown everywhere. */
  workflowId?: string;
}

export interface BackfillSummary {
  workflowId: string;
  runId: string;
  /** Temporal's word: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, … */
  status: string;
  startedAt: Date;
}

export interface FeishuVcClient {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Temporal's own client on the same connection, for what this one does not do. */
  readonly temporal: Client;
  /**
   * Starts a workflow, or attaches to the run that does the same work already.
   * @throws InvalidInputError naming every wrong field, before anything is sent
   * @throws AlreadyRunningDifferentlyError when the id runs with another input
   */
  start<T extends WorkflowType>(type: T, input: RawInputs[T], options?: StartOptions): Promise<HandleOf<T>>;
  /**
   * The newest run of an id.
   * @throws RunNotFoundError
   */
  attach<T extends WorkflowType>(type: T, workflowId: string): Promise<HandleOf<T>>;
  /** Backfills of this queue, newest first; a start shows here after about a second. */
  backfills(filter?: { running?: boolean; limit?: number }): Promise<BackfillSummary[]>;
  /** Workers that asked this queue for workflow tasks in the last 90 seconds. */
  workersPolling(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Connects to the Temporal server.
 * @throws ServerUnreachableError, ConnectionSettingsError
 */
export async function connectFeishuVc(options: ConnectOptions = {}): Promise<FeishuVcClient> {
  const env = options.env ?? process.env;
  const config = readSettings(env);
  const address = options.address ?? config.connectionOptions.address ?? DEFAULT_ADDRESS;
  const namespace = options.namespace ?? config.namespace ?? 'default';
  const taskQueue = options.taskQueue ?? (env['FEISHU_TASK_QUEUE'] || DEFAULT_TASK_QUEUE);
  const connection = Connection.lazy({
    ...(config.connectionOptions as ConnectionOptions),
    address,
    connectTimeout: options.connectTimeoutMs ?? 10_000,
  });
  try {
    await connection.ensureConnected();
  } catch (error) {
    await connection.close();
    throw new ServerUnreachableError(address, isRefusal(error) ? 'refused' : 'no answer', error);
  }
  return createClient({ temporal: new Client({ connection, namespace }), connection, address, namespace, taskQueue });
}

function readSettings(env: Record<string, string | undefined>): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: definedOnly(env) });
  } catch (error) {
    throw new ConnectionSettingsError(error);
  }
}

function definedOnly(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
function isRefusal(error: unknown): boolean {
  const code = grpcCode(error);
  return code === PERMISSION_DENIED || code === UNAUTHENTICATED;
}

interface Parts {
  temporal: Client;
  connection: Connection;
  address: string;
  namespace: string;
  taskQueue: string;
}

function createClient({ temporal, connection, address, namespace, taskQueue }: Parts): FeishuVcClient {
  return {
    address,
    namespace,
    taskQueue,
    temporal,
    start: async (type, input, options) =>
      startOrAttach({ temporal, taskQueue }, type, validInput(type, input), options),
    attach: (_type, workflowId) => attach(temporal, workflowId),
    backfills: (filter = {}) => listBackfills(temporal, taskQueue, filter),
    workersPolling: () => countPollers({ connection, namespace, taskQueue }),
    close: () => connection.close(),
  };
}

/** A run that closes between the refused start and the look at it leaves the id free: the start is tried again. */
const START_ATTEMPTS = 5;

/**
 * The input in its one normal form.
 * @throws InvalidInputError
 */
export function validInput<T extends WorkflowType>(type: T, raw: unknown): Inputs[T] {
  const checked = checkInput(type, raw);
  if (!checked.ok) throw new InvalidInputError(checked.message, checked.problems);
  return checked.input;
}

/** As `start`, for an input in its normal form. */
export async function startOrAttach<T extends WorkflowType>(
  { temporal, taskQueue }: { temporal: Client; taskQueue: string },
  type: T,
  input: Inputs[T],
  options: StartOptions = {},
): Promise<HandleOf<T>> {
  const workflowId = options.workflowId ?? WORK[type].id(input, taskQueue);
  for (let attempt = 1; ; attempt++) {
    try {
      const { firstExecutionRunId: runId } = await temporal.workflow.start(type, {
        taskQueue,
        workflowId,
        args: [input],
        workflowIdConflictPolicy: 'FAIL',
        // What a person waits for goes before a backfill's bulk; Temporal's default is 3.
        priority: { priorityKey: type === 'backfill' ? 5 : 1 },
        staticSummary: WORK[type].summary(input),
      });
      return createHandle<T>(temporal, { workflowId, runId, firstRunId: runId, attached: false });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const running = await findRunning(temporal, workflowId);
      if (running) {
        const fields = differingFields(running, type, input);
        if (fields.length > 0) throw new AlreadyRunningDifferentlyError({ workflowId, runId: running.runId, fields });
        return createHandle<T>(temporal, { workflowId, ...running, attached: true });
      }
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

/** Each type's id and its line for the operator in the Temporal UI. Neither carries names or user ids. */
const WORK: {
  [T in WorkflowType]: { id(input: Inputs[T], taskQueue: string): string; summary(input: Inputs[T]): string };
} = {
  exportResource: {
    id: (input, taskQueue) => singleWorkflowId(taskQueue, 'export', { profile: input.profile, hash: hashOf(input) }),
    summary: (input) => `Export job: ${input.resource.replaceAll('_', ' ')}`,
  },
  participantQuality: {
    id: (input, taskQueue) =>
      singleWorkflowId(taskQueue, 'participant', { profile: input.profile, hash: hashOf(input) }),
    summary: () => 'Call quality of one participant',
  },
  meetingQuality: {
    id: (input, taskQueue) => singleWorkflowId(taskQueue, 'quality', { profile: input.profile, hash: hashOf(input) }),
    summary: () => 'Call quality of one meeting',
  },
  exportDay: {
    id: (input, taskQueue) => dayWorkflowId(taskQueue, input.profile, input.day),
    summary: (input) => `Tables of ${input.day}: ${input.include.join(', ')}`,
  },
  backfill: {
    id: (input, taskQueue) => backfillWorkflowId(taskQueue, input),
    summary: (input) => `Backfill: ${input.include.join(', ')}`,
  },
};

function hashOf(input: unknown): string {
  return createHash('sha256').update(canonicalJson(input)).digest('hex').slice(0, 16);
}

async function attach<T extends WorkflowType>(temporal: Client, workflowId: string): Promise<HandleOf<T>> {
  try {
    const description = await temporal.workflow.getHandle(workflowId).describe();
    const firstRunId = description.raw.workflowExecutionInfo?.firstRunId || description.runId;
    return createHandle<T>(temporal, { workflowId, runId: description.runId, firstRunId, attached: true });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new RunNotFoundError(workflowId, error);
    throw error;
  }
}

async function listBackfills(
  temporal: Client,
  taskQueue: string,
  { running = false, limit = 100 }: { running?: boolean; limit?: number },
): Promise<BackfillSummary[]> {
  const status = running ? ` AND ExecutionStatus = 'Running'` : ` AND ExecutionStatus != 'ContinuedAsNew'`;
  const query = `WorkflowType = 'backfill' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}'${status}`;
  const found: BackfillSummary[] = [];
  for await (const run of temporal.workflow.list({ query, pageSize: limit })) {
    found.push({ workflowId: run.workflowId, runId: run.runId, status: run.status.name, startedAt: run.startTime });
    if (found.length === limit) break;
  }
  return found;
}

/** A poll lasts up to a minute, so a live worker was seen within the last 90 seconds. */
const POLLER_AGE_MS = 90_000;
const WORKFLOW_QUEUE = 1;

async function countPollers({
  connection,
  namespace,
  taskQueue,
}: {
  connection: Connection;
  namespace: string;
  taskQueue: string;
}): Promise<number> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW_QUEUE,
  });
  const since = Date.now() - POLLER_AGE_MS;
  return (pollers ?? []).filter((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000 >= since).length;
}
