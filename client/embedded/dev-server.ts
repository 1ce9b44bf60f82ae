/** An embedded Temporal server: one process, a database file, a UI. For one machine; production runs a real cluster. */
import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { retryUntilClosed } from '../../temporal/grpc-retries.ts';
import { plainEnvironment } from '../../model/plain-environment.ts';
import { ChildDiedError, describeExit, startChild, type Child, type ChildExit } from './children.ts';
import { freePort } from './ports.ts';
import { findTemporalCli, type TemporalCli } from './temporal-cli.ts';

const HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 60_000;
/** The server's own default is 24 hours: too short to look at what ran last week. */
const RETENTION = msToTs('30 days');

export interface DevServerOptions {
  /** SQLite file; what runs survives a restart with the same file. */
  dbFile: string;
  /** Taken where free; another is picked where not. 0: any. */
  port?: number;
  uiPort?: number;
  /** False: no UI. Default true. */
  ui?: boolean;
  logFile?: string;
  env?: Record<string, string | undefined>;
  /** Found by `findTemporalCli` where not given. */
  cli?: TemporalCli;
  say?: (line: string) => void;
}

export interface DevServer {
  address: string;
  /** Undefined without a UI. */
  uiUrl: string | undefined;
  cli: TemporalCli;
  child: Child;
  close(): Promise<void>;
}

/**
 * Starts the server and waits until its namespace `default` takes work. One that ends by itself before that is started
 * once more: its ports were free when they were chosen, and may have been taken since.
 * @throws NoTemporalCliError, ChildDiedError
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const env = options.env ?? process.env;
  const say = options.say ?? (() => undefined);
  const cli = options.cli ?? (await findTemporalCli({ env, say }));
  reachLoopbackDirectly();
  await mkdir(dirname(options.dbFile), { recursive: true });
  const isNew = !existsSync(options.dbFile);
  try {
    return await startOnce({ ...options, env, cli });
  } catch (error) {
    if (!(error instanceof EndedByItselfError)) throw error;
    say(`${error.message} before it was ready; starting it once more`);
    if (isNew) for (const part of ['', '-wal', '-shm']) await rm(options.dbFile + part, { force: true });
    return await startOnce({ ...options, env, cli });
  }
}

class EndedByItselfError extends ChildDiedError {}

async function startOnce(
  options: DevServerOptions & Required<Pick<DevServerOptions, 'env' | 'cli'>>,
): Promise<DevServer> {
  const { cli, env } = options;
  const port = await freePort(options.port);
  const uiPort = options.ui === false ? undefined : await freePort(options.uiPort);
  const child = startChild({
    name: 'the Temporal server',
    command: cli.path,
    args: serverArguments({ dbFile: options.dbFile, port, uiPort }),
    env: plainEnvironment(env),
    ...(options.logFile === undefined ? {} : { logFile: options.logFile }),
  });
  const address = `${HOST}:${port}`;
  try {
    let exit: ChildExit | undefined;
    void child.exited.then((value) => (exit = value));
    await untilReady(address, () => {
      if (exit) throw new EndedByItselfError(child, `ended ${describeExit(exit)}`);
    });
  } catch (error) {
    await child.stop();
    throw error instanceof ChildDiedError ? error : new ChildDiedError(child, `did not become ready: ${String(error)}`);
  }
  return {
    address,
    uiUrl: uiPort === undefined ? undefined : `http://${HOST}:${uiPort}`,
    cli,
    child,
    close: () => child.stop(),
  };
}

/** Where a proxy is set, gRPC would ask it for this machine's own ports. Children inherit the exception. */
function reachLoopbackDirectly(): void {
  for (const name of ['no_proxy', 'NO_PROXY']) {
    const hosts = (process.env[name] ?? '').split(',').filter(Boolean);
    if (!hosts.includes(HOST)) process.env[name] = [...hosts, HOST].join(',');
  }
}

function serverArguments(options: { dbFile: string; port: number; uiPort: number | undefined }): string[] {
  const ui = options.uiPort === undefined ? ['--headless'] : ['--ui-port', String(options.uiPort)];
  // Three to five times the throughput of the default journal; a crash of the machine loses the last moments at most.
  const pragmas = ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'];
  // A queue's partitions are for many hosts. Here they would only pass tasks on to each other.
  const settings = ['numTaskqueueReadPartitions=1', 'numTaskqueueWritePartitions=1'];
  const partitions = settings.flatMap((setting) => ['--dynamic-config-value', `matching.${setting}`]);
  const place = ['--ip', HOST, '--port', String(options.port), '--db-filename', options.dbFile];
  return ['server', 'start-dev', ...place, ...ui, ...pragmas, ...partitions, '--log-level', 'warn'];
}

async function untilReady(address: string, checkAlive: () => void): Promise<void> {
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    checkAlive();
    const connection = Connection.lazy({ address, connectTimeout: 1_000, interceptors: [retryUntilClosed()] });
    try {
      await connection.ensureConnected();
      await raiseRetention(connection, 'default');
      return;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await sleep(200);
    } finally {
      await connection.close();
    }
  }
}

async function raiseRetention({ workflowService }: Connection, namespace: string): Promise<void> {
  const { config } = await workflowService.describeNamespace({ namespace });
  if (tsToMs(config?.workflowExecutionRetentionTtl) >= tsToMs(RETENTION)) return;
  await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: RETENTION } });
}
