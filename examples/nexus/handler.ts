/**
 * The side of the exports: a Nexus service in their namespace that starts them for workflows of other namespaces.
 *
 *   temporal operator nexus endpoint create --name feishu-vc --target-namespace default --target-task-queue feishu-vc-nexus
 *   npx tsx examples/nexus/handler.ts
 *
 * It needs the server's address (TEMPORAL_ADDRESS) and a worker of the exports (`feishu-vc worker`); it holds no Feishu
 * credentials. The same work asked for twice is one run: the profile and all of the input
 * are in its id. Only the profiles below are exported for whoever may use the endpoint.
 */
import { createHash } from 'node:crypto';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { ExportDayResult, MeetingQualityResult, RawInputs } from 'feishu-vc-export';
import { HandlerError, serviceHandler } from 'nexus-rpc';
import { feishuVc } from './service.ts';

const taskQueue = process.env['FEISHU_TASK_QUEUE'] || 'feishu-vc';

/** Of other teams' callers, none gets another one's data: the server says who may use the endpoint, this says for what. */
const PROFILES: ReadonlySet<unknown> = new Set((process.env['NEXUS_PROFILES'] || 'default').split(','));

/** @throws HandlerError for a profile that is not offered */
function idOf(kind: string, { profile = 'default', ...input }: { profile?: unknown }): string {
  if (!PROFILES.has(profile)) throw new HandlerError('UNAUTHORIZED', 'this profile is not offered here');
  const fields = Object.entries(input).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 32);
  return `nexus/${kind}/${String(profile)}/${hash}`;
}

/** The types of the workflows, by their names: their code is the worker's. */
type Started<I, O> = (input: I) => Promise<O>;
const options = (workflowId: string) => ({ workflowId, taskQueue, workflowIdConflictPolicy: 'USE_EXISTING' }) as const;

const service = serviceHandler(feishuVc, {
  exportDay: new WorkflowRunOperationHandler<RawInputs['exportDay'], ExportDayResult>((context, input) =>
    startWorkflow<Started<RawInputs['exportDay'], ExportDayResult>>(context, 'exportDay', {
      ...options(idOf('day', input)),
      args: [input],
    }),
  ),
  meetingQuality: new WorkflowRunOperationHandler<RawInputs['meetingQuality'], MeetingQualityResult>((context, input) =>
    startWorkflow<Started<RawInputs['meetingQuality'], MeetingQualityResult>>(context, 'meetingQuality', {
      ...options(`${idOf('quality', input)}/${context.requestId}`),
      args: [input],
    }),
  ),
});

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const connection = await NativeConnection.connect(connectionOptions);
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue: `${taskQueue}-nexus`,
  nexusServices: [service],
});
console.log(`offers the service feishu-vc on the queue ${taskQueue}-nexus of ${namespace}`);
await worker.run();
await connection.close();
