/** Exit 0 when the worker of this container asks Temporal for work, 1 with the reason when not. */
import { hostname } from 'node:os';
import { connectFeishuVc } from 'feishu-vc-export';

const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;
/** A worker asks again within a minute; the server forgets who does not after five. */
const FRESH_MS = 120_000;

const client = await connectFeishuVc({ connectTimeoutMs: 5_000 });
try {
  const { namespace, taskQueue, temporal } = client;
  const asked = await Promise.all(
    queuesOf(taskQueue).map((queue) => temporal.workflowService.describeTaskQueue({ namespace, ...queue })),
  );
  const here = asked.flatMap(({ pollers }) => pollers).filter(({ identity }) => identity?.endsWith(`@${hostname()}`));
  const newestMs = Math.max(0, ...here.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000));
  if (Date.now() - newestMs > FRESH_MS) {
    process.stderr.write(`no worker of ${hostname()} asks for work on ${taskQueue}\n`);
    process.exitCode = 1;
  }
} finally {
  await client.close();
}

/** A worker that only makes calls asks for leases, or, holding one, for calls. */
function queuesOf(taskQueue) {
  if (process.env.FEISHU_ROLE !== 'api') return [{ taskQueue: { name: taskQueue }, taskQueueType: WORKFLOW_TASKS }];
  const shards = Array.from({ length: Number(process.env.FEISHU_API_SHARDS || 1) }, (_, n) => (n === 0 ? '' : `.${n}`));
  return shards.flatMap((shard) =>
    ['api-lease', 'api'].map((queue) => ({
      taskQueue: { name: `${taskQueue}.${queue}${shard}` },
      taskQueueType: ACTIVITY_TASKS,
    })),
  );
}
