/** `login`, `logout`, `grants`, `app-tickets`: whose tokens the worker uses. The programs read the worker's settings. */
import { Option, type Command } from 'commander';
import { JSON_OUTPUT, parseWholeNumber, PROFILE } from './options.ts';
import { runProgram, type Program } from './programs.ts';

interface LoginOptions {
  profile?: string;
  device?: boolean;
  browser?: boolean;
  paste?: boolean;
  scope?: string[];
  port?: number;
  json?: boolean;
}

export function addLoginCommands(program: Command): void {
  program
    .command('login')
    .description(
      'log in as a user, so that a profile with FEISHU_IDENTITY=user (or FEISHU_LIST_IDENTITY=user) can work',
    )
    .addOption(PROFILE())
    .addOption(new Option('--device', 'agree in any browser, by a code (the default)').conflicts(['browser', 'paste']))
    .addOption(new Option('--browser', 'agree in a browser on this machine').conflicts(['device', 'paste']))
    .addOption(new Option('--paste', 'agree anywhere and paste the address').conflicts(['device', 'browser']))
    .option('--scope <scope...>', 'ask for these instead of all that exports and lists need')
    .option('--port <port>', 'port of the redirect address http://127.0.0.1:<port>/callback (8745)', parseWholeNumber)
    .addOption(JSON_OUTPUT())
    .addHelpText(
      'after',
      '\nExamples:\n  FEISHU_APP_ID=cli_… FEISHU_APP_SECRET_FILE=secret.txt feishu-vc login' +
        '\n  feishu-vc login --profile hq --browser --scope vc:export vc:room:readonly',
    )
    .action((options: LoginOptions) => run('login', loginArguments(options)));
  program
    .command('logout')
    .description('remove the tokens of a log-in from where grants lie')
    .addOption(PROFILE())
    .addHelpText('after', '\nExample:\n  feishu-vc logout --profile hq')
    .action(({ profile }: { profile?: string }) => run('logout', profileArguments(profile)));
  program
    .command('grants')
    .description('show who is logged in, for which scopes and until when; exit 1 where a log-in is not good')
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc grants --json')
    .action(({ json }: { json?: boolean }) => run('grants', json === true ? ['--json'] : []));
  program
    .command('app-tickets')
    .description('receive the tickets of store apps (FEISHU_APP_TYPE=store) at the address of their event subscription')
    .requiredOption('--port <port>', 'port to listen on', parseWholeNumber)
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .addHelpText('after', '\nExample:\n  feishu-vc app-tickets --port 8080')
    .action(({ port, host }: { port: number; host: string }) =>
      run('app-tickets', ['--port', String(port), '--host', host]),
    );
}

async function run(program: Program, args: string[]): Promise<void> {
  process.exitCode = await runProgram(program, args);
}

const profileArguments = (profile?: string): string[] => (profile === undefined ? [] : ['--profile', profile]);

function loginArguments({ profile, device, browser, paste, scope = [], port, json }: LoginOptions): string[] {
  return [
    ...profileArguments(profile),
    ...(device === true ? ['--device'] : []),
    ...(browser === true ? ['--browser'] : []),
    ...(paste === true ? ['--paste'] : []),
    ...scope.flatMap((each) => ['--scope', each]),
    ...(port === undefined ? [] : ['--port', String(port)]),
    ...(json === true ? ['--json'] : []),
  ];
}
