/** `worker`, `sandbox`, `rebuild`, `verify`, `doctor`: programs that are loaded by path; `server`: the embedded Temporal. */
import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import { describeExit } from '../embedded/children.ts';
import type { DevServer } from '../embedded/dev-server.ts';
import { DEFAULT_PORT, DEFAULT_UI_PORT } from '../embedded/ports.ts';
import { ServerUnreachableError } from '../errors.ts';
import { CliError } from './failures.ts';
import { JSON_OUTPUT, parseWholeNumber, PROFILE } from './options.ts';
import { createOutput } from './output.ts';
import { runProgram, type Program } from './programs.ts';
import { untilSignal, type SignalWait } from './signals.ts';

export function addProcessCommands(program: Command): void {
  addServer(program);
  addDoctor(program);
  program
    .command('worker')
    .description('run a worker: it does the work and holds the credentials (see the settings FEISHU_… and DATA_URL)')
    .addOption(ROLE())
    .addHelpText('after', '\nExample:\n  FEISHU_APP_ID=cli_… FEISHU_APP_SECRET_FILE=secret.txt feishu-vc worker')
    .action(({ role }: { role?: string }) => {
      if (role !== undefined) process.env['FEISHU_ROLE'] = role;
      return run('worker', []);
    });
  program
    .command('sandbox')
    .description('run a Feishu on this machine, to try things against: its flags are its own')
    .argument('[flags...]', 'handed on; see feishu-vc sandbox --help')
    .helpOption(false)
    .allowUnknownOption()
    .action((flags: string[]) => run('sandbox', flags));
  program
    .command('rebuild')
    .description('make the tables again from the raw files, without any call to Feishu')
    .argument('<from>', 'first day, YYYY-MM-DD')
    .argument('<to>', 'last day, YYYY-MM-DD')
    .addOption(PROFILE())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc rebuild 2026-10-01 2026-10-31')
    .action((from: string, to: string, options: { profile?: string; json?: boolean }) => {
      const profile = options.profile === undefined ? [] : ['--profile', options.profile];
      return run('rebuild', [from, to, ...profile, ...(options.json === true ? ['--json'] : [])]);
    });
  program
    .command('verify')
    .description('check committed days against their manifests and raw files, without any call to Feishu')
    .argument('[from]', 'first day, YYYY-MM-DD; all days without it')
    .argument('[to]', 'last day, YYYY-MM-DD')
    .addOption(PROFILE())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc verify 2026-10-01 2026-10-31')
    .action((from: string | undefined, to: string | undefined, options: { profile?: string; json?: boolean }) => {
      const days = [from, to].filter((day) => day !== undefined);
      const profile = options.profile === undefined ? [] : ['--profile', options.profile];
      return run('verify', [...days, ...profile, ...(options.json === true ? ['--json'] : [])]);
    });
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check all that an export needs, with the next step for what is wrong; a few calls, which make nothing at Feishu',
    )
    .addOption(PROFILE())
    .addOption(JSON_OUTPUT())
    .option('--offline', 'ask neither Feishu nor the Temporal server')
    .addHelpText(
      'after',
      '\nExample:\n  FEISHU_APP_ID=cli_… FEISHU_APP_SECRET_FILE=secret.txt feishu-vc doctor' +
        '\n\nIt reads the settings of the worker. Exit 0 where nothing failed, 1 where something did.',
    )
    .action(({ profile, json, offline }: { profile?: string; json?: boolean; offline?: boolean }) =>
      run('doctor', [
        ...(profile === undefined ? [] : ['--profile', profile]),
        ...(json === true ? ['--json'] : []),
        ...(offline === true ? ['--offline'] : []),
      ]),
    );
}

const ROLE = () =>
  new Option(
    '--role <role>',
    'all, work (everything but calls of Feishu) or api (calls only) (default: FEISHU_ROLE, all)',
  ).choices(['all', 'work', 'api']);

async function run(program: Program, args: string[]): Promise<void> {
  process.exitCode = await runProgram(program, args);
}

interface ServerOptions {
  dbFile: string;
  port?: number;
  uiPort: number;
}

function addServer(program: Command): void {
  program
    .command('server')
    .description('run an embedded Temporal server with a database file and a UI')
    .option('--db-file <path>', 'database file; what runs survives a restart with the same file', './temporal.db')
    .option(
      '--port <port>',
      `port of the server (default: ${DEFAULT_PORT}, another where it is taken)`,
      parseWholeNumber,
    )
    .option(
      '--ui-port <port>',
      'port of the UI; another is picked where it is taken',
      parseWholeNumber,
      DEFAULT_UI_PORT,
    )
    .addHelpText('after', '\nExample:\n  feishu-vc server --db-file ./temporal.db')
    .action(runServer);
}

async function runServer(options: ServerOptions): Promise<void> {
  const { say } = createOutput();
  const configured = process.env['TEMPORAL_ADDRESS'];
  if (configured && (await isAnswering(configured))) {
    say(`TEMPORAL_ADDRESS names ${configured}, where a server answers already: nothing is started.`);
    return;
  }
  // Listened to before the server is there: a signal that came in between would leave it behind.
  const signal = untilSignal();
  try {
    const { startDevServer } = await import('../embedded/dev-server.ts');
    const server = await startDevServer({
      dbFile: resolve(options.dbFile),
      port: options.port ?? portOf(configured) ?? DEFAULT_PORT,
      uiPort: options.uiPort,
      say,
    });
    say(`Temporal ${server.cli.version} (${server.cli.how})`);
    say(`  address   ${server.address}`);
    say(`  UI        ${server.uiUrl ?? 'none'}`);
    say(`  database  ${resolve(options.dbFile)}`);
    if (server.address !== `127.0.0.1:${DEFAULT_PORT}`) {
      say(`For the other commands:\n  export TEMPORAL_ADDRESS=${server.address}`);
    }
    say('Stop it with Ctrl-C; nothing is lost.');
    await untilStopped(server, signal);
    say('Stopped.');
  } finally {
    signal.stop();
  }
}

async function untilStopped(server: DevServer, signal: SignalWait): Promise<void> {
  const ended = await Promise.race([signal.received, server.child.exited]);
  if (typeof ended === 'string') return await server.close();
  throw new CliError({
    what: `The Temporal server ended ${describeExit(ended)}.`,
    why: server.child.tail().join('\n') || 'It said nothing.',
    next: 'Start it again; the database file keeps what ran.',
  });
}

async function isAnswering(address: string): Promise<boolean> {
  const { connectFeishuVc } = await import('../connect.ts');
  try {
    const client = await connectFeishuVc({ address, connectTimeoutMs: 2_000, nobodyTimeoutMs: 0 });
    await client.close();
    return true;
  } catch (error) {
    if (error instanceof ServerUnreachableError) return error.reason === 'refused';
    throw error;
  }
}

/** The port of an address on this machine, so that the server comes up where the other commands look for it. */
function portOf(address: string | undefined): number | undefined {
  if (!address) return undefined;
  const match = /^(?:localhost|127\.0\.0\.1|\[::1\]):(\d{1,5})$/.exec(address);
  if (match) return Number(match[1]);
  throw new CliError({
    what: `No server answers at ${address}, and none can be started there from here.`,
    why: 'TEMPORAL_ADDRESS names another machine.',
    next: 'Unset TEMPORAL_ADDRESS to start a server here, or start the one that it names.',
  });
}
