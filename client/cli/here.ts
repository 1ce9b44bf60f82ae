/** `feishu-vc` alone: how things stand here, and the next step. */
import { isOpenStatus } from '../../model/runs.ts';
import type { BackfillSummary, FeishuVcClient } from '../connect.ts';
import { ConnectionSettingsError, ServerUnreachableError } from '../errors.ts';
import { createOutput } from './output.ts';

/** Nobody has asked for anything yet: what does not answer by then counts as away. */
const PATIENCE_MS = 2_000;
const NOBODY_TIMEOUT_MS = 300;

interface Here {
  server: string;
  worker?: string;
  backfill?: string;
  next: string[];
}

/** Prints it; what is not there is said, and never an error. */
export async function sayHere(version: string): Promise<void> {
  const { say } = createOutput();
  const { server, worker = 'not known', backfill = 'not known', next } = await look();
  say(`feishu-vc ${version}: durable exports of Feishu (Lark) video-conference data\n`);
  say(`  Temporal  ${server}`);
  say(`  Worker    ${worker}`);
  say(`  Backfill  ${backfill}`);
  say(`\nNext: ${next.join('\n      ')}`);
  say('      feishu-vc --help lists the commands.');
}

async function look(): Promise<Here> {
  const { connectFeishuVc } = await import('../connect.ts');
  let client: FeishuVcClient;
  try {
    client = await connectFeishuVc({ connectTimeoutMs: PATIENCE_MS, nobodyTimeoutMs: NOBODY_TIMEOUT_MS });
  } catch (error) {
    return withoutServer(error);
  }
  try {
    const [workers, backfills] = await client.temporal.withDeadline(Date.now() + PATIENCE_MS, () =>
      Promise.all([client.workersPolling(), client.backfills({ limit: 1 })]),
    );
    return {
      server: `${client.address} answers, namespace ${client.namespace}`,
      ...ofQueue(client, workers, backfills[0]),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const server = `${client.address} takes connections, and does not say what runs in namespace ${client.namespace}: ${why}`;
    return { server, next: ['feishu-vc doctor checks the server, the namespace and the rest.'] };
  }
}

function withoutServer(error: unknown): Here {
  if (error instanceof ServerUnreachableError) {
    const server = `${error.address} ${error.reason === 'refused' ? 'refuses this caller' : 'does not answer'}`;
    if (error.reason === 'refused') return { server, next: ['check TEMPORAL_API_KEY and TEMPORAL_TLS_*.'] };
    return {
      server,
      next: [
        'feishu-vc demo shows everything on this machine, without an account.',
        'feishu-vc server starts a server here, for an account of your own; TEMPORAL_ADDRESS names another.',
      ],
    };
  }
  if (error instanceof ConnectionSettingsError) {
    return { server: error.message, next: ['correct TEMPORAL_… or the config file that TEMPORAL_CONFIG_FILE names.'] };
  }
  throw error;
}

function ofQueue(
  { taskQueue }: FeishuVcClient,
  workers: number,
  last: BackfillSummary | undefined,
): Omit<Here, 'server'> {
  return {
    worker: workers === 0 ? `none polls the queue ${taskQueue}` : `${workers} on the queue ${taskQueue}`,
    backfill: last
      ? `${last.workflowId}, ${last.status.toLowerCase()}, of ${last.startedAt.toISOString()}`
      : 'none yet',
    next: [nextStep(workers, last)],
  };
}

function nextStep(workers: number, last: BackfillSummary | undefined): string {
  if (workers === 0) {
    return process.env['FEISHU_APP_ID'] === undefined && process.env['FEISHU_PROFILES'] === undefined
      ? 'set FEISHU_APP_ID and FEISHU_APP_SECRET_FILE, then feishu-vc doctor, and feishu-vc worker in a terminal of its own.'
      : 'feishu-vc doctor checks the settings; feishu-vc worker, in a terminal of its own, starts a worker.';
  }
  if (last === undefined) return 'feishu-vc backfill start --month previous';
  if (isOpenStatus(last.status)) return `feishu-vc backfill watch ${last.workflowId}`;
  if (last.status !== 'COMPLETED') return `feishu-vc backfill status ${last.workflowId} says why it ended.`;
  const month = /\/(\d{4}-\d{2}|previous)$/.exec(last.workflowId)?.[1];
  return month === undefined ? `feishu-vc backfill status ${last.workflowId}` : `feishu-vc report ${month}`;
}
