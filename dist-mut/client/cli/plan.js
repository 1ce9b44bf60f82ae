import { addDayOptions, DAY_FIELDS, fieldsOf, JSON_OUTPUT } from './options.js';
import { createOutput } from './output.js';
import { planLines } from './plan-lines.js';
import { addRangeOptions, RANGE_FIELDS } from './range-options.js';
import { startOrAttach, validInput } from '../start.js';
import { sameCommand, withClient } from './session.js';
import { rangeFields } from './target.js';
import { watch } from './watch.js';
export function addPlan(backfill) {
    const command = backfill
        .command('plan')
        .description('count what a backfill would take: days, meetings, units, calls, time; exports nothing')
        .argument('[range]', 'instead of options: 2026-10, previous, 2026-10-01..2026-10-07, 3..1');
    addDayOptions(addRangeOptions(command))
        .addOption(JSON_OUTPUT())
        .addHelpText('after', '\nExample:\n  feishu-vc backfill plan 2026-10')
        .action(async (range, options) => {
        const output = createOutput(options);
        const days = range === undefined ? {} : rangeFields(range);
        const fields = fieldsOf(options, [...RANGE_FIELDS, ...DAY_FIELDS]);
        const input = validInput('backfill', { ...fields, ...days, dry_run: true });
        await withClient(async (client) => {
            const handle = await startOrAttach(client, 'backfill', input);
            output.say(`Counting in ${handle.workflowId}; it exports nothing.`);
            const { plan } = await watch({ client, handle, output, again: sameCommand() });
            if (plan)
                output.print(plan, planLines(plan));
        });
    });
}
//# sourceMappingURL=plan.js.map