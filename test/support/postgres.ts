/** A PostgreSQL of a test's own: a cluster in a folder of its own, on a free port of this machine, with passwords asked for. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { appendFile, chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);
const INSTALLED = '/usr/lib/postgresql';
const USER = 'owner';
export const PASSWORD = 'p@ss:word/1';

/** Folder of its programs. Undefined where PostgreSQL is not installed; the tests that need it are skipped then. */
export const POSTGRES: string | undefined = (existsSync(INSTALLED) ? readdirSync(INSTALLED) : [])
  .map((version) => join(INSTALLED, version, 'bin'))
  .findLast((folder) => existsSync(join(folder, 'initdb')));
if (POSTGRES === undefined) console.warn('skipped: no PostgreSQL is installed (apt-get install postgresql)');

export interface Postgres {
  url: string;
  port: number;
  user: string;
  /** Of another user or password. */
  urlOf(user: string, password: string): string;
  /** As its owner. */
  query<Row extends Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** SIGQUIT: as a crash, all sessions at once. */
  crash(): Promise<void>;
  /** Where it does not run already. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** `timeZone`: of its sessions. `host`: the address of this machine that it listens at, for whoever is in that network. */
export async function startPostgres({
  timeZone = 'UTC',
  host = '127.0.0.1',
}: { timeZone?: string; host?: string } = {}): Promise<Postgres> {
  if (POSTGRES === undefined) throw new Error('PostgreSQL is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-postgres-'));
  const data = join(folder, 'data');
  const port = await freePort(host);
  const as = await otherUser();
  await mkdir(data);
  await writeFile(join(folder, 'password'), PASSWORD);
  if (as) for (const path of [folder, data, join(folder, 'password')]) await chown(path, as.uid, as.gid);
  await chmod(data, 0o700);
  const initdb = ['-D', data, '-U', USER, '-A', 'scram-sha-256', `--pwfile=${join(folder, 'password')}`];
  await run(join(POSTGRES, 'initdb'), [...initdb, '-E', 'UTF8', '--locale=C', '--no-sync'], { ...as, cwd: folder });
  await appendFile(join(data, 'pg_hba.conf'), 'host all all samenet scram-sha-256\n');
  const urlOf = (user: string, password: string): string =>
    `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/postgres`;
  const url = urlOf(USER, PASSWORD);
  let server: ChildProcess | undefined;

  async function query<Row>(sql: string, values?: unknown[]): Promise<Row[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows as Row[];
    } finally {
      await client.end();
    }
  }

  async function start(): Promise<void> {
    if (server?.exitCode === null) return;
    const settings = [`port=${port}`, `unix_socket_directories=${folder}`, `timezone=${timeZone}`, 'fsync=off'];
    const args = ['-D', data, '-h', host, ...settings.flatMap((setting) => ['-c', setting])];
    server = spawn(join(POSTGRES!, 'postgres'), args, { ...as, cwd: folder, stdio: 'ignore' });
    while (
      !(await query('SELECT 1').then(
        () => true,
        () => false,
      ))
    ) {
      if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}`);
      await sleep(50);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = server;
    if (ending === undefined || ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await ended;
  }

  await start();
  return {
    url,
    port,
    user: USER,
    urlOf,
    query,
    start,
    crash: async () => await end('SIGQUIT'),
    stop: async () => {
      await end('SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const idOf = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);

/** PostgreSQL refuses to run as root. */
async function otherUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
