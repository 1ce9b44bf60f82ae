/**
 * A service that has yesterday exported and waits for it: `npx tsx examples/export-yesterday.ts`.
 *
 * It needs a Temporal server (TEMPORAL_ADDRESS) and a worker on it; it holds no Feishu credentials. Killed and started
 * again, it attaches to the run that it had started.
 */
import {
  AlreadyRunningDifferentlyError,
  connectFeishuVc,
  ExportFailedError,
  InvalidInputError,
} from 'feishu-vc-export';

const DAY_MS = 86_400_000;

/** `YYYY-MM-DD` in the tenant's time zone. */
function yesterday(timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  return parts.format(new Date(Date.now() - DAY_MS));
}

const feishu = await connectFeishuVc();
try {
  const day = yesterday(process.env['FEISHU_TIME_ZONE'] ?? 'Asia/Shanghai');
  const run = await feishu.start('exportDay', { day, refresh: 'unsettled' });
  console.log(`${run.attached ? 'attached to' : 'started'} ${run.workflowId}`);

  const { complete, tables, gaps, manifest } = await run.result();
  console.log(complete ? `${day} is complete` : `${day} has gaps`, tables);
  for (const gap of gaps) console.log(`  ${gap.count} × ${gap.reason}`);
  console.log(`manifest: ${manifest.uri}`);
} catch (error) {
  process.exitCode = 1;
  if (error instanceof InvalidInputError)
    for (const { field, message } of error.problems) console.error(field, message);
  else if (error instanceof ExportFailedError) console.error(`${error.type}: ${error.message}`);
  else if (error instanceof AlreadyRunningDifferentlyError) console.error(error.message);
  else throw error;
} finally {
  await feishu.close();
}
