import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

/** Path of the Temporal CLI: TEMPORAL_CLI, or `temporal` on PATH; undefined when there is none. */
export function findTemporalCli(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'temporal'));
  return [process.env['TEMPORAL_CLI'] ?? '', ...onPath].find((path) => path !== '' && isExecutable(path));
}

export interface DevServer {
  address: string;
  stop(): Promise<void>;
}

/** A Temporal dev server with a database file of its own, ready for connections. */
export async function startDevServer(cli: string): Promise<DevServer> {
  const folder = await mkdtemp(join(tmpdir(), 'temporal-'));
  const port = await freePort();
  const pragmas = ['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'];
  const files = ['--db-filename', join(folder, 'temporal.db'), ...pragmas];
  const args = ['server', 'start-dev', '--headless', '--port', String(port), '--log-level', 'error', ...files];
  const child = spawn(cli, args, { stdio: 'ignore' });
  const address = `127.0.0.1:${port}`;
  await isReady(address);
  return {
    address,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isReady(address: string): Promise<void> {
  const endMs = performance.now() + 60_000;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return await connection.close();
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await delay(200);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
