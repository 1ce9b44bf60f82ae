/**
 * `node dist/worker/programs/retention.js --older-than DAYS [--profile P] [--dry-run] [--json]`: removes what is older from the
 * store and the warehouse.
 */
import { parseArgs } from 'node:util';
import { outdatedIn, removeOutdated } from '../../dataset/retention.ts';
import { addDays, dayOf, dayWindow } from '../../model/calendar.ts';
import { print, printJson } from '../../report/terminal.ts';
import { prepareSchema, removeDaysBefore, withSession } from '../../warehouse/index.ts';
import { readWarehouseSettings } from '../config.ts';
import { warehouseOf } from '../warehouse-settings.ts';
import { runMain, UsageError } from './common/arguments.ts';
import { configuredStore, zoneOf } from './common/store-database.ts';

const { stdout } = process;

await runMain('The removal', async () => {
  const { values } = parseArgs({
    options: {
      'older-than': { type: 'string', default: '' },
      profile: { type: 'string', default: 'default' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { profile, 'older-than': olderThan, 'dry-run': isDryRun } = values;
  if (!/^[1-9]\d{0,4}$/.test(olderThan)) throw new UsageError('--older-than takes whole days, such as 400.');
  const warehouse = readWarehouseSettings(process.env);
  const store = configuredStore();
  const zone = await zoneOf(store, profile);
  const from = addDays(dayOf(Date.now() / 1000, zone), -Number(olderThan));
  const input = { profile, from, fromMs: dayWindow(from, zone).fromUnix * 1000 };
  const found = await outdatedIn(store, input);
  const { days, single_runs } = found;
  const isAny = days.length + single_runs.length > 0;
  const log = isAny && !isDryRun ? await removeOutdated(store, input, found) : null;
  const rows =
    warehouse === null || isDryRun
      ? null
      : await withSession(warehouseOf(warehouse), async (session) => {
          await prepareSchema(session);
          return await removeDaysBefore(session, { profile, from });
        });
  if (values.json) {
    printJson(stdout, { profile, from, dry_run: isDryRun, days, single_runs, warehouse_rows: rows, log });
    return;
  }
  const went = isDryRun ? 'would go' : 'removed';
  for (const { day, files } of days) print(stdout, `${day}  ${files} files ${went}`);
  for (const run of single_runs) print(stdout, `single run ${run} ${went}`);
  if (!isAny) print(stdout, `nothing of profile ${profile} is from before ${from}`);
  if (rows !== null) print(stdout, `warehouse: ${rows} rows removed`);
  if (log !== null) print(stdout, `noted in ${store.where(log)}`);
});
