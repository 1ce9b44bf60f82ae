/** Exit 0 when the worker of this container asks Temporal for work, 1 with the reason when not. */
import { hostname } from 'node:os';
import { connectFeishuVc } from 'feishu-vc-export';

const WORKFLOW_TASKS = 1;
/** A worker asks again within a minute; the server forgets who does not after five. */
const FRESH_MS = 120_000;

const client = await connectFeishuVc({ connectTimeoutMs: 5_000 });
try {
  const { namespace, taskQueue, temporal } = client;
  const { pollers } = await temporal.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW_TASKS,
  });
  const here = pollers.filter(({ identity }) => identity?.endsWith(`@${hostname()}`));
  const newestMs = Math.max(0, ...here.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000));
  if (Date.now() - newestMs > FRESH_MS) {
    process.stderr.write(`no worker of ${hostname()} asks for work on ${taskQueue}\n`);
    process.exitCode = 1;
  }
} finally {
  await client.close();
}
