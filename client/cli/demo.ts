/** `demo`: a month of tables on this machine, with nothing real involved. */
import type { Command } from 'commander';
import type { DemoOptions } from './run-demo.ts';

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('export last month from a sandbox Feishu, with everything it takes started here; needs no account')
    .option('--dir <path>', 'folder for its data and logs; that of an earlier demo is emptied', './demo')
    .option('--keep', 'leave everything running until Ctrl-C, to look around in the UI')
    .option('--user', "export as a user who logs in on the sandbox's consent page")
    .option('--yes', 'with --user: the demo itself agrees there, as it does without a terminal')
    .addHelpText('after', '\nExamples:\n  feishu-vc demo --keep\n  feishu-vc demo --user')
    .action(async (options: DemoOptions) => (await import('./run-demo.ts')).runDemo(options));
}
