/** The commands of `feishu-vc`. Each stands in a file of its group. */
import { createRequire } from 'node:module';
import { UMASK_TAKES, umaskOf } from '../../model/file-modes.ts';
import { addBackfillCommands } from './backfill.ts';
import { addCodecServerCommand } from './codec-server.ts';
import { addCompletionCommand } from './completion.ts';
import { addDemoCommand } from './demo.ts';
import { addExportCommands } from './exports.ts';
import { CliError, EXIT } from './failures.ts';
import { sayHere } from './here.ts';
import { addLoginCommands } from './logins.ts';
import { SpellingCommand } from './options.ts';
import { addPrivacyCommands } from './privacy.ts';
import { addProcessCommands } from './processes.ts';
import { addScheduleCommands } from './schedules.ts';
import { addTableCommands } from './tables.ts';
import { addWarehouseCommands } from './warehouse.ts';

function packageVersion(): string {
  const path = import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json';
  const manifest: { version: string } = createRequire(import.meta.url)(path);
  return manifest.version;
}

/** They say it themselves, with all else that is wrong with the settings. */
const READING_SETTINGS = new Set(['worker', 'doctor']);

/** @throws CliError where `FEISHU_UMASK` would open what is written to others */
function refuseOpenFiles(command: string): void {
  if (READING_SETTINGS.has(command) || umaskOf(process.env['FEISHU_UMASK']) !== null) return;
  throw new CliError(
    {
      what: 'FEISHU_UMASK is wrong.',
      why: `It ${UMASK_TAKES}.`,
      next: 'Correct it, or take it away: then only the owner reads what is written',
    },
    { exitCode: EXIT.usage },
  );
}

/** Without any argument: how things stand here. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  if (args.length === 0) await sayHere(packageVersion());
  else await createProgram().parseAsync(args, { from: 'user' });
}

export function createProgram(): SpellingCommand {
  const program = new SpellingCommand('feishu-vc');
  program
    .description('Durable exports of Feishu (Lark) video-conference data.')
    .version(packageVersion())
    .showSuggestionAfterError()
    .showHelpAfterError('Next: --help shows what it takes, with an example.')
    // Errors come back here, so that exit codes are decided in one place.
    .exitOverride()
    .addHelpText(
      'after',
      '\nWithout anything it says how things stand here, and the next step.' +
        '\n\nExample, from nothing to a month of tables on this machine:\n  feishu-vc demo\n' +
        '\nExit codes: 0 done, 1 failed, 2 wrong usage.',
    );
  program.hook('preAction', (_, command) => refuseOpenFiles(command.name()));
  addDemoCommand(program);
  addProcessCommands(program);
  addCodecServerCommand(program);
  addLoginCommands(program);
  addExportCommands(program);
  addBackfillCommands(program);
  addScheduleCommands(program);
  addTableCommands(program);
  addCompletionCommand(program);
  addWarehouseCommands(program);
  addPrivacyCommands(program);
  return program;
}
