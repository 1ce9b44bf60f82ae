/** The client proper: connects, starts work or attaches to it, finds it again. */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { WorkflowNotFoundError } from '@temporalio/common';
import { ConnectionSettingsError, RunNotFoundError, ServerUnreachableError } from './errors.js';
import { retryClosed } from './retry.js';
import { createSchedules } from './schedules.js';
import { registerSearchAttributes } from './search-attributes.js';
import { createHandle, grpcCode } from './handle.js';
import { startOrAttach, validInput } from './start.js';
export const DEFAULT_TASK_QUEUE = 'feishu-vc';
const DEFAULT_ADDRESS = 'localhost:7233';
/**
 * Connects to the Temporal server.
 * @throws ServerUnreachableError, ConnectionSettingsError
 */
export async function connectFeishuVc(options = {}) {
    const env = options.env ?? process.env;
    const config = readSettings(env);
    const address = options.address ?? config.connectionOptions.address ?? DEFAULT_ADDRESS;
    const namespace = options.namespace ?? config.namespace ?? 'default';
    const taskQueue = options.taskQueue ?? (env['FEISHU_TASK_QUEUE'] || DEFAULT_TASK_QUEUE);
    const connection = Connection.lazy({
        ...config.connectionOptions,
        address,
        connectTimeout: options.connectTimeoutMs ?? 10_000,
    });
    try {
        await connection.ensureConnected();
    }
    catch (error) {
        await connection.close();
        throw new ServerUnreachableError(address, isRefusal(error) ? 'refused' : 'no answer', error);
    }
    return createClient({ temporal: new Client({ connection, namespace }), connection, address, namespace, taskQueue });
}
function readSettings(env) {
    try {
        return loadClientConnectConfig({ overrideEnvVars: definedOnly(env) });
    }
    catch (error) {
        throw new ConnectionSettingsError(error);
    }
}
function definedOnly(env) {
    return Object.fromEntries(Object.entries(env).filter((entry) => entry[1] !== undefined));
}
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
function isRefusal(error) {
    const code = grpcCode(error);
    return code === PERMISSION_DENIED || code === UNAUTHENTICATED;
}
function createClient({ temporal, connection, address, namespace, taskQueue }) {
    return {
        address,
        namespace,
        taskQueue,
        temporal,
        start: async (type, input, options) => startOrAttach({ temporal, taskQueue }, type, validInput(type, input), options),
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
async function attach(temporal, workflowId) {
    try {
        const description = await temporal.workflow.getHandle(workflowId).describe();
        const firstRunId = description.raw.workflowExecutionInfo?.firstRunId || description.runId;
        return createHandle(temporal, { workflowId, runId: description.runId, firstRunId, attached: true });
    }
    catch (error) {
        if (error instanceof WorkflowNotFoundError)
            throw new RunNotFoundError(workflowId, error);
        throw error;
    }
}
async function listBackfills(temporal, taskQueue, { running = false, limit = 100 }) {
    const status = running ? ` AND CloseTime IS NULL` : ` AND ExecutionStatus != 'ContinuedAsNew'`;
    const plans = `WorkflowId NOT STARTS_WITH ${quoted(`${taskQueue}/plan/`)}`;
    const query = `WorkflowType = 'backfill' AND TaskQueue = ${quoted(taskQueue)} AND ${plans}${status}`;
    const found = [];
    for await (const run of temporal.workflow.list({ query, pageSize: limit })) {
        found.push({ workflowId: run.workflowId, runId: run.runId, status: run.status.name, startedAt: run.startTime });
        if (found.length === limit)
            break;
    }
    return found;
}
function quoted(text) {
    return `'${text.replaceAll("'", "''")}'`;
}
/** A poll lasts up to a minute, so a live worker was seen within the last 90 seconds. */
const POLLER_AGE_MS = 90_000;
const WORKFLOW_QUEUE = 1;
async function countPollers({ connection, namespace, taskQueue, }) {
    const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: WORKFLOW_QUEUE,
    });
    const since = Date.now() - POLLER_AGE_MS;
    return (pollers ?? []).filter((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000 >= since).length;
}
//# sourceMappingURL=connect.js.map