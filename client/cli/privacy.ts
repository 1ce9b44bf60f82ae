/** `erase`, `retention`: what takes people and old days out of the store, without a Temporal server. */
import type { Command } from 'commander';
import { argumentsOf, JSON_OUTPUT, PROFILE, type OptionValues } from './options.ts';
import { runProgram } from './programs.ts';

export function addPrivacyCommands(program: Command): void {
  program
    .command('erase')
    .description(
      'take a person out of answers, records, tables, single runs and the warehouse; docs/privacy.md says what stays',
    )
    .requiredOption('--user <id>', 'an id of theirs, of any kind')
    .addOption(PROFILE())
    .option('--dry-run', 'say what would be changed, and change nothing')
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc erase --user ou_7dab8a3d3cdcc9da365777c7ad535d62 --dry-run')
    .action(async (options: OptionValues) => {
      process.exitCode = await runProgram('erase', argumentsOf([], options));
    });
  program
    .command('retention')
    .description('remove days and single runs that are older than so many days, from the store and the warehouse')
    .requiredOption('--older-than <days>', 'whole days, counted in the zone of the profile')
    .addOption(PROFILE())
    .option('--dry-run', 'say what would go, and remove nothing')
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc retention --older-than 400 --dry-run')
    .action(async (options: OptionValues) => {
      process.exitCode = await runProgram('retention', argumentsOf([], options));
    });
}
