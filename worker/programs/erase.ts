/** `node dist/worker/programs/erase.js --user ID [--profile P] [--dry-run] [--json]`: takes a person out of all that the store has. */
import { parseArgs } from 'node:util';
import { SETTLE_HOURS } from '../../dataset/answers.ts';
import { erase, type Erasure } from '../../dataset/erase.ts';
import { manifestDays, profileDays } from '../../dataset/storage-keys.ts';
import { print, printJson } from '../../report/terminal.ts';
import { loadDay, prepareSchema, withSession } from '../../warehouse/index.ts';
import { readWarehouseSettings } from '../config.ts';
import { privacyOf } from '../privacy-settings.ts';
import { PRODUCT } from '../product.ts';
import { limitReadingsBy } from '../size-settings.ts';
import { warehouseOf } from '../warehouse-settings.ts';
import { runMain, UsageError } from './common/arguments.ts';
import { refuseShowing } from './common/privacy.ts';
import { configuredStore } from './common/store-database.ts';

/** For a worker that loads the same day. */
const WAIT_MS = 60_000;

const NOT_REACHED = [
  'histories in Temporal, until its retention is over',
  'backups, and files that were written from here: reports, spreadsheets, copies in other databases',
  'Feishu itself: a day that is asked for again has them again',
];

const { stdout } = process;

await runMain('The erasure', async () => {
  const { values } = parseArgs({
    options: {
      user: { type: 'string' },
      profile: { type: 'string', default: 'default' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { profile, 'dry-run': isDryRun } = values;
  const user = values.user?.trim() ?? '';
  if (user === '') throw new UsageError('Name a person by an id: --user ID.');
  limitReadingsBy(process.env);
  const privacy = privacyOf(process.env);
  const warehouse = readWarehouseSettings(process.env);
  const store = configuredStore();
  for (const day of await profileDays(store, profile)) await refuseShowing(store, { profile, day });
  const options = { profile, user, product: PRODUCT, settle_hours: SETTLE_HOURS, privacy, isDryRun };
  const erased = await erase(store, options);
  // All days: one may have been erased by a run that was cut off before it came here.
  if (warehouse !== null && !isDryRun) {
    await withSession(warehouseOf(warehouse), async (session) => {
      await prepareSchema(session);
      for (const day of await manifestDays(store, profile)) {
        const { status } = await loadDay(session, store, { profile, day, waitMs: WAIT_MS });
        if (status === 'busy') throw new Error(`another process loads ${day} for over a minute; run this again`);
      }
    });
  }
  if (values.json) printJson(stdout, { ...erased, dry_run: isDryRun, not_reached: NOT_REACHED });
  else show(erased, isDryRun);
  if (erased.days_without_answers.length > 0) process.exitCode = 1;
});

function show({ days, days_without_answers, single_runs, ids, names }: Erasure, isDryRun: boolean): void {
  const would = isDryRun ? 'would be ' : '';
  print(stdout, `known by ${ids} ids, addresses and job numbers, and ${names} names`);
  for (const { day, rows } of days) print(stdout, `${day}  ${rows} rows ${would}changed`);
  for (const day of days_without_answers) {
    print(
      stdout,
      `${day}  not changed: its answers went by RAW_KEEP. Ask for the day again, or remove it: feishu-vc retention`,
    );
  }
  for (const run of single_runs) print(stdout, `single run ${run} ${would}removed`);
  if (days.length + days_without_answers.length + single_runs.length === 0)
    print(stdout, 'nothing in the store is about them');
  for (const each of NOT_REACHED) print(stdout, `not reached: ${each}`);
}
