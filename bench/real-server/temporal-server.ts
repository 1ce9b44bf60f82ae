/** Temporal's production server, as its releases ship it, on a PostgreSQL. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startChild, type Child } from '../../client/embedded/children.ts';
import { PASSWORD, type Postgres } from '../../test/support/postgres.ts';

const run = promisify(execFile);
const DATABASES = { temporal: 'temporal', temporal_visibility: 'visibility' };
const PORT = 7233;
const NAMESPACE = fileURLToPath(new URL('../../deploy/temporal-namespace.sh', import.meta.url));

export interface TemporalServer {
  address: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface TemporalServerOptions {
  /** Folder of `server` and `sql`, as `go install` names them. */
  bin: string;
  postgres: Postgres;
  /** Address of this machine that it listens at. */
  host: string;
  /** For its settings. */
  dir: string;
  /** For its log. */
  logs: string;
  /** Temporal's command line. */
  cli: string;
}

/** Makes its databases, starts it, and makes the namespace `default`. */
export async function startTemporalServer({
  bin,
  postgres,
  host,
  dir,
  logs,
  cli,
}: TemporalServerOptions): Promise<TemporalServer> {
  await makeDatabases({ bin, postgres, host });
  const address = `${host}:${PORT}`;
  const dynamicConfig = join(dir, 'temporal-dynamic-config.yaml');
  await writeFile(dynamicConfig, '{}\n');
  let server: Child | undefined;

  async function start(): Promise<void> {
    server = startChild({
      name: 'the Temporal server',
      command: join(bin, 'server'),
      args: ['start'],
      cwd: dir,
      env: {
        DB: 'postgres12_pgx',
        POSTGRES_SEEDS: host,
        DB_PORT: String(postgres.port),
        POSTGRES_USER: postgres.user,
        POSTGRES_PWD: PASSWORD,
        // Four services in one process have this many each.
        SQL_MAX_CONNS: '10',
        SQL_VIS_MAX_CONNS: '5',
        BIND_ON_IP: host,
        DYNAMIC_CONFIG_FILE_PATH: dynamicConfig,
        TEMPORAL_ALLOW_NO_AUTH: 'true',
        LOG_LEVEL: 'warn',
      },
      logFile: join(logs, 'temporal.log'),
    });
    // As in the compose file: it waits for the server, and may run again.
    const PATH = [dirname(cli), process.env['PATH']].join(delimiter);
    const env = { PATH, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'default', RETENTION: '24h' };
    const { exited, tail } = server;
    const died = exited.then(() => Promise.reject(new Error(`the Temporal server ended: ${tail().join('\n')}`)));
    await Promise.race([run('sh', [NAMESPACE], { env }), died]);
  }

  await start();
  return {
    address,
    start,
    kill: async () => {
      process.kill(server!.pid!, 'SIGKILL');
      await server!.exited;
    },
    stop: async () => await server!.stop(),
  };
}

async function makeDatabases({
  bin,
  postgres,
  host,
}: Pick<TemporalServerOptions, 'bin' | 'postgres' | 'host'>): Promise<void> {
  const env = { SQL_PASSWORD: PASSWORD };
  for (const [database, schema] of Object.entries(DATABASES)) {
    const where = [
      '--plugin',
      'postgres12_pgx',
      '--ep',
      host,
      '--port',
      String(postgres.port),
      '--user',
      postgres.user,
    ];
    const sql = (...args: string[]) => run(join(bin, 'sql'), [...where, '--database', database, ...args], { env });
    await sql('create-database');
    await sql('setup-schema', '--version', '0.0');
    await sql('update-schema', '--schema-name', `postgresql/v12/${schema}`);
  }
}
