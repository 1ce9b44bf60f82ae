/** `backfill plan`: what a backfill would do, before it does. */
import type { Command } from 'commander';
import { addDayOptions, DAY_FIELDS, fieldsOf, JSON_OUTPUT, type OptionValues } from './options.ts';
import { createOutput } from './output.ts';
import { planLines } from './plan-lines.ts';
import { addRangeOptions, RANGE_FIELDS } from './range-options.ts';
import { sameCommand, withClient } from './session.ts';
import { rangeFields, type TargetOptions } from './target.ts';
import { watch } from './watch.ts';

export function addPlan(backfill: Command): void {
  const command = backfill
    .command('plan')
    .description('count what a backfill would take: days, meetings, units, calls, time; exports nothing')
    .argument('[range]', 'instead of options: 2026-10, previous, 2026-10-01..2026-10-07, 3..1');
  addDayOptions(addRangeOptions(command))
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc backfill plan 2026-10')
    .action(async (range: string | undefined, options: OptionValues & TargetOptions) => {
      const output = createOutput(options);
      const days = range === undefined ? {} : rangeFields(range);
      const fields = fieldsOf(options, [...RANGE_FIELDS, ...DAY_FIELDS]);
      const { startOrAttach, validInput } = await import('../start.ts');
      const input = validInput('backfill', { ...fields, ...days, dry_run: true });
      await withClient(async (client) => {
        const handle = await startOrAttach(client, 'backfill', input);
        output.say(`Counting in ${handle.workflowId}; it exports nothing.`);
        const { plan } = await watch({ client, handle, output, again: sameCommand() });
        if (plan) output.print(plan, planLines(plan));
      });
    });
}
