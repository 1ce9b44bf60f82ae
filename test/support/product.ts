/**
 * The whole product for one test file: a real Temporal server, a sandbox, worker processes as they are shipped (from
 * `dist`), and a client. Servers can be killed and started again on the same data.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChild, type Child } from '../../client/embedded/children.ts';
import { startDevServer, type DevServer } from '../../client/embedded/dev-server.ts';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';
import { connectFeishuVc, type FeishuVcClient } from '../../client/index.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/index.ts';
import { FileStore } from '../../store/file-store.ts';

/** Where the build lies. FEISHU_VC_TEST_DIST names another one, so that a build beside a running test does not disturb it. */
export const DIST = process.env['FEISHU_VC_TEST_DIST'] ?? fileURLToPath(new URL('../../dist', import.meta.url));

export interface ProductOptions {
  cli: TemporalCli;
  sandbox?: SandboxOptions;
  workers?: number;
  /** Where DATA_URL points. Default: a folder of its own. */
  dataDir?: string;
  /** With Temporal's UI. */
  ui?: boolean;
  /** The build that the workers run. Default: `DIST`. */
  dist?: string;
  /** More settings of the workers and the client. */
  env?: Record<string, string>;
}

export interface Product {
  dir: string;
  dataDir: string;
  store: FileStore;
  sandbox: Sandbox;
  client: FeishuVcClient;
  temporal: DevServer;
  workers: Child[];
  startWorker(env?: Record<string, string>): Promise<Child>;
  /** SIGKILL, then, after so long or when that has come, a new one on the same database and port. */
  restartTemporal(away?: number | Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** Tests and limits: fast tasks, and by default no rate limit on either side. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const dir = await mkdtemp(join(tmpdir(), 'feishu-vc-product-'));
  const server = {
    cli: options.cli,
    dbFile: join(dir, 'temporal.db'),
    ui: options.ui ?? false,
    logFile: join(dir, 'temporal.log'),
  };
  let temporal = await startDevServer(server);
  const sandbox = await startSandbox({ rateLimit: 'off', taskDelayMs: [50, 300], ...options.sandbox });
  const client = await connectFeishuVc({
    address: temporal.address,
    env: { ...process.env, ...options.env },
  });
  const workers: Child[] = [];
  const dataDir = options.dataDir ?? join(dir, 'data');

  async function startWorker(env: Record<string, string> = {}): Promise<Child> {
    const worker = startChild({
      name: `worker ${workers.length + 1}`,
      command: process.execPath,
      args: [join(options.dist ?? DIST, 'worker/main.js')],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TEMPORAL_ADDRESS: temporal.address,
        FEISHU_BASE_URL: sandbox.url,
        FEISHU_APP_ID: 'cli_sandbox',
        FEISHU_APP_SECRET: 'sandbox-secret',
        FEISHU_RATE_LIMIT: 'off',
        DATA_URL: `file:${dataDir}`,
        ...options.env,
        ...env,
      },
      logFile: join(dir, `worker-${workers.length + 1}.log`),
    });
    await worker.waitForLine((line) => (line.includes('worker ready') ? true : undefined), 60_000);
    workers.push(worker);
    return worker;
  }

  for (let i = 0; i < (options.workers ?? 1); i++) await startWorker();

  return {
    dir,
    dataDir,
    store: new FileStore(dataDir),
    sandbox,
    client,
    get temporal() {
      return temporal;
    },
    workers,
    startWorker,
    async restartTemporal(away = 0) {
      const port = Number(temporal.address.split(':')[1]);
      process.kill(temporal.child.pid!, 'SIGKILL');
      await temporal.child.exited;
      await (typeof away === 'number' ? sleep(away) : away);
      temporal = await startDevServer({ ...server, port });
    },
    async stop() {
      await client.close();
      await Promise.all(workers.map((worker) => worker.stop()));
      await sandbox.close();
      await temporal.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
