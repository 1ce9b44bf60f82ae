/**
 * The side of the exports: a Nexus service in their namespace that starts them for workflows of other namespaces.
 *
 *   temporal operator nexus endpoint create --name feishu-vc --target-namespace default --target-task-queue feishu-vc-nexus
 *   npx tsx examples/nexus/handler.ts
 *
 * It needs the server's address (TEMPORAL_ADDRESS), TEMPORAL_PAYLOAD_KEYS where the exports' workers have it, and one of those
 * workers (`feishu-vc worker`); it holds no Feishu credentials. The same work asked for twice is one run. Only the profiles that
 * NEXUS_PROFILES names are exported for whoever may use the endpoint.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { startWorkflow, WorkflowRunOperationHandler } from '@temporalio/nexus';
import { NativeConnection, Worker } from '@temporalio/worker';
import { dataConverterFrom, type ExportDayResult, type MeetingQualityResult, type RawInputs } from 'feishu-vc-export';
import { serviceHandler } from 'nexus-rpc';
import { runId } from './run-id.ts';
import { feishuVc } from './service.ts';

const taskQueue = process.env['FEISHU_TASK_QUEUE'] || 'feishu-vc';

const PROFILES: ReadonlySet<unknown> = new Set((process.env['NEXUS_PROFILES'] || 'default').split(','));

/** The types of the workflows, by their names: their code is the worker's. */
type Started<I, O> = (input: I) => Promise<O>;
const options = (workflowId: string) => ({ workflowId, taskQueue, workflowIdConflictPolicy: 'USE_EXISTING' }) as const;

const service = serviceHandler(feishuVc, {
  exportDay: new WorkflowRunOperationHandler<RawInputs['exportDay'], ExportDayResult>((context, input) =>
    startWorkflow<Started<RawInputs['exportDay'], ExportDayResult>>(context, 'exportDay', {
      ...options(runId('day', input, PROFILES)),
      args: [input],
    }),
  ),
  meetingQuality: new WorkflowRunOperationHandler<RawInputs['meetingQuality'], MeetingQualityResult>((context, input) =>
    startWorkflow<Started<RawInputs['meetingQuality'], MeetingQualityResult>>(context, 'meetingQuality', {
      ...options(`${runId('quality', input, PROFILES)}/${context.requestId}`),
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
  dataConverter: dataConverterFrom(process.env),
  nexusServices: [service],
});
console.log(`offers the service feishu-vc on the queue ${taskQueue}-nexus of ${namespace}`);
await worker.run();
await connection.close();
