/** The client proper: connects, starts work or attaches to it, finds it again. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, type ConnectionOptions, type WorkflowClientInterceptor } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { WorkflowNotFoundError, type DataConverter } from '@temporalio/common';
import type { RawInputs, WorkflowType } from '../workflows/input.ts';
import { ConnectionSettingsError, RunNotFoundError, ServerUnreachableError } from './errors.ts';
import { retryClosed, type RetryOptions } from './retry.ts';
import { addressProblem } from '../temporal/address-problem.ts';
import { dataConverterWith } from '../temporal/data-converter.ts';
import { retryUntilClosed } from '../temporal/grpc-retries.ts';
import { traceSettingsIn } from '../temporal/trace-settings.ts';
import { payloadKeysIn, type SealingKey } from '../temporal/payload-keys.ts';
import { createSchedules, type Schedules } from './schedules.ts';
import { registerSearchAttributes, type Registered } from './search-attributes.ts';
import { grpcCode } from '../temporal/grpc-code.ts';
import { createHandle, type HandleOf } from './handle.ts';
import { startOrAttach, validInput, type StartOptions } from './start.ts';

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
  /** How long nothing may listen there (one that starts beside this is waited for), default `connectTimeoutMs`. */
  nobodyTimeoutMs?: number;
  /** Read instead of the process's environment. */
  env?: Record<string, string | undefined>;
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
  /**
   * Starts a closed backfill again under its id, for what failed, is pending or absent (`refresh` `missing`).
   * @throws RunNotFoundError
   * @throws AlreadyRunningDifferentlyError when it is open: `retryFailed` of its handle is meant then
   */
  retryClosed(workflowId: string, options?: RetryOptions): Promise<HandleOf<'backfill'>>;
  /** Backfills that start by themselves. */
  readonly schedules: Schedules;
  /** Makes runs searchable by profile, resource, day and status; takes the right to change the namespace. */
  registerSearchAttributes(): Promise<Registered>;
  /** Runs that a run has started, directly or not, and that are open. Visibility lags by about a second. */
  openBelow(workflowId: string): Promise<number>;
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
  const dataConverter = dataConverterFrom(env);
  const address = options.address ?? config.connectionOptions.address ?? DEFAULT_ADDRESS;
  const problem = addressProblem(address);
  if (problem !== null) throw new ConnectionSettingsError(new Error(`TEMPORAL_ADDRESS ${problem}`));
  const namespace = options.namespace ?? config.namespace ?? 'default';
  const taskQueue = options.taskQueue ?? (env['FEISHU_TASK_QUEUE'] || DEFAULT_TASK_QUEUE);
  const connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
  const connection = WatchedConnection.lazy({
    ...(config.connectionOptions as ConnectionOptions),
    address,
    connectTimeout: connectTimeoutMs,
    interceptors: [retryUntilClosed()],
  });
  try {
    await connectUnlessNobody(connection, options.nobodyTimeoutMs ?? connectTimeoutMs);
  } catch (error) {
    await connection.close();
    throw new ServerUnreachableError(address, isRefusal(error) ? 'refused' : 'no answer', error);
  }
  const traced = await tracedBy(env);
  const temporal = new Client({ connection, namespace, dataConverter, interceptors: { workflow: traced } });
  return createClient({ temporal, connection, address, namespace, taskQueue });
}

/** The state of gRPC's channel, of which `ensureConnected` makes no use: it tries again until its time is over. */
class WatchedConnection extends Connection {
  static override lazy(options: ConnectionOptions): WatchedConnection {
    return super.lazy(options) as WatchedConnection;
  }

  /** Can nobody be reached at the moment: nothing listens, there is no such host, the other side wants TLS? */
  isFailing(): boolean {
    const state: number = this.client.getChannel().getConnectivityState(true);
    return state === TRANSIENT_FAILURE;
  }
}

const TRANSIENT_FAILURE = 3;
const LOOK_EVERY_MS = 50;

async function connectUnlessNobody(connection: WatchedConnection, patienceMs: number): Promise<void> {
  const connecting = connection.ensureConnected().then(() => true);
  for (let failingMs = 0; failingMs <= patienceMs;) {
    if (await Promise.race([connecting, delay(LOOK_EVERY_MS, false)])) return;
    if (connection.isFailing()) failingMs += LOOK_EVERY_MS;
  }
  throw new Error(`nothing could be connected to for ${patienceMs} ms`);
}

function readSettings(env: Record<string, string | undefined>): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: definedOnly(env) });
  } catch (error) {
    throw new ConnectionSettingsError(error);
  }
}

/**
 * For a client or a worker of another service that uses Temporal's SDK itself: it reads and writes what `TEMPORAL_PAYLOAD_KEYS`
 * (or `…_FILE`) seals. Without that setting it changes nothing.
 * @throws ConnectionSettingsError
 */
export function dataConverterFrom(env: Record<string, string | undefined>): DataConverter {
  return dataConverterWith(readPayloadKeys(env));
}

/** @throws ConnectionSettingsError */
export function readPayloadKeys(env: Record<string, string | undefined>): SealingKey[] {
  const { keys, problems } = payloadKeysIn(env);
  if (problems.length > 0) throw new ConnectionSettingsError(new Error(problems.join('\n')));
  return keys;
}

/** Nothing of traces is loaded where they are off. */
async function tracedBy(env: Record<string, string | undefined>): Promise<WorkflowClientInterceptor[]> {
  const { settings, problems } = traceSettingsIn(env);
  if (problems.length > 0) throw new ConnectionSettingsError(new Error(problems.join('\n')));
  if (settings === null) return [];
  const [{ tracedStarts }, { Tracer }] = await Promise.all([
    import('../temporal/trace-interceptors.ts'),
    import('../temporal/tracer.ts'),
  ]);
  return [tracedStarts(new Tracer(settings))];
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
    retryClosed: (workflowId, options = {}) => retryClosed({ temporal, taskQueue }, workflowId, options),
    schedules: createSchedules(temporal, taskQueue),
    registerSearchAttributes: () => registerSearchAttributes(connection, namespace),
    openBelow: async (workflowId) => {
      const query = `RootWorkflowId = ${quoted(workflowId)} AND WorkflowId != ${quoted(workflowId)} AND CloseTime IS NULL`;
      return (await temporal.workflow.count(query)).count;
    },
    backfills: (filter = {}) => listBackfills(temporal, taskQueue, filter),
    workersPolling: () => countPollers({ connection, namespace, taskQueue }),
    close: () => connection.close(),
  };
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
  const status = running ? ` AND CloseTime IS NULL` : ` AND ExecutionStatus != 'ContinuedAsNew'`;
  const plans = `WorkflowId NOT STARTS_WITH ${quoted(`${taskQueue}/plan/`)}`;
  const query = `WorkflowType = 'backfill' AND TaskQueue = ${quoted(taskQueue)} AND ${plans}${status}`;
  const found: BackfillSummary[] = [];
  for await (const run of temporal.workflow.list({ query, pageSize: limit })) {
    found.push({ workflowId: run.workflowId, runId: run.runId, status: run.status.name, startedAt: run.startTime });
    if (found.length === limit) break;
  }
  return found;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
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
