/** The commands of `feishu-vc`. Each stands in a file of its group. */
import { createRequire } from 'node:module';
import { addBackfillCommands } from './backfill.js';
import { addDemoCommand } from './demo.js';
import { addExportCommands } from './exports.js';
import { SpellingCommand } from './options.js';
import { addProcessCommands } from './processes.js';
import { addScheduleCommands } from './schedules.js';
function packageVersion() {
    const path = import.meta.url.endsWith('.ts') ? '../../package.json' : '../../../package.json';
    const manifest = createRequire(import.meta.url)(path);
    return manifest.version;
}
export function createProgram() {
    const program = new SpellingCommand('feishu-vc');
    program
        .description('Durable exports of Feishu (Lark) video-conference data.')
        .version(packageVersion())
        .showSuggestionAfterError()
        .showHelpAfterError('Next: --help shows what it takes, with an example.')
        // Errors come back here, so that exit codes are decided in one place.
        .exitOverride()
        .addHelpText('after', '\nExample, from nothing to a month of tables on this machine:\n  feishu-vc demo\n' +
        '\nExit codes: 0 done, 1 failed, 2 wrong usage.');
    addDemoCommand(program);
    addProcessCommands(program);
    addExportCommands(program);
    addBackfillCommands(program);
    addScheduleCommands(program);
    return program;
}
//# sourceMappingURL=program.js.map