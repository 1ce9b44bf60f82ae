/** The commands of `feishu-vc`. Each stands in a file of its group. */
import { createRequire } from 'node:module';
import { addBackfillCommands } from './backfill.ts';
import { addDemoCommand } from './demo.ts';
import { addExportCommands } from './exports.ts';
import { addLoginCommands } from './logins.ts';
import { SpellingCommand } from './options.ts';
import { addProcessCommands } from './processes.ts';
import { addScheduleCommands } from './schedules.ts';
import { addTableCommands } from './tables.ts';
import { addWarehouseCommands } from './warehouse.ts';

function packageVersion(): string {
  const path = import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json';
  const manifest: { version: string } = createRequire(import.meta.url)(path);
  return manifest.version;
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
      '\nExample, from nothing to a month of tables on this machine:\n  feishu-vc demo\n' +
        '\nExit codes: 0 done, 1 failed, 2 wrong usage.',
    );
  addDemoCommand(program);
  addProcessCommands(program);
  addLoginCommands(program);
  addExportCommands(program);
  addBackfillCommands(program);
  addScheduleCommands(program);
  addTableCommands(program);
  addWarehouseCommands(program);
  return program;
}
