/** `warehouse load`, `status`, `prepare`: the copy of the tables in PostgreSQL, without a Temporal server. */
import type { Command } from 'commander';
import { argumentsOf, JSON_OUTPUT, PROFILE, type OptionValues } from './options.ts';
import { runProgram } from './programs.ts';

export function addWarehouseCommands(program: Command): void {
  const warehouse = program
    .command('warehouse')
    .description('the copy of the tables in PostgreSQL (WAREHOUSE_URL); workers load it by themselves');
  warehouse
    .command('load')
    .description('load what the warehouse lacks of these days; what it has is left alone')
    .argument('[from]', 'first day, YYYY-MM-DD')
    .argument('[to]', 'last day, YYYY-MM-DD')
    .option('--month <month>', 'YYYY-MM or previous')
    .option('--all', 'every day that the store has')
    .addOption(PROFILE())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc warehouse load --month 2026-10')
    .action((from: string | undefined, to: string | undefined, options: OptionValues) =>
      run(['load', ...[from, to].filter((day) => day !== undefined)], options),
    );
  warehouse
    .command('status')
    .description('what the warehouse has and lacks, by profile')
    .option('--profile <name>', 'one profile (default: all that the store has)')
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc warehouse status')
    .action((options: OptionValues) => run(['status'], options));
  warehouse
    .command('prepare')
    .description('make the tables and views, or bring them up to this version; once, where workers may only load')
    .addHelpText(
      'after',
      "\nExample:\n  WAREHOUSE_URL='postgres://owner@db.example.com/vc?sslmode=verify-full' feishu-vc warehouse prepare",
    )
    .action((options: OptionValues) => run(['prepare'], options));
}

async function run(positionals: string[], options: OptionValues): Promise<void> {
  process.exitCode = await runProgram('warehouse', argumentsOf(positionals, options));
}
