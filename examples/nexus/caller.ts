/**
 * The other side: runs `countMeetings` for one day in a namespace of its own.
 *
 *   temporal operator namespace create --namespace another-team
 *   TEMPORAL_NAMESPACE=another-team npx tsx examples/nexus/caller.ts 2026-10-14
 */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker } from '@temporalio/worker';
import { dataConverterFrom } from 'feishu-vc-export';
import type { countMeetings } from './caller-workflows.ts';

const [day = ''] = process.argv.slice(2);
const taskQueue = 'another-team';
const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
const [connection, native] = await Promise.all([
  Connection.connect(connectionOptions),
  NativeConnection.connect(connectionOptions),
]);
const workflowsPath = fileURLToPath(new URL('caller-workflows.ts', import.meta.url));
// With TEMPORAL_PAYLOAD_KEYS, as the exports' workers have it: what they answer is sealed.
const dataConverter = dataConverterFrom(process.env);
const worker = await Worker.create({ connection: native, namespace, taskQueue, workflowsPath, dataConverter });
const client = new Client({ connection, namespace, dataConverter });
const meetings = await worker.runUntil(
  client.workflow.execute<typeof countMeetings>('countMeetings', {
    taskQueue,
    workflowId: `count/${day}`,
    args: [day],
  }),
);
console.log(`${day} has ${meetings} meetings`);
await Promise.all([connection.close(), native.close()]);
