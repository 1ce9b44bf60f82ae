/**
 * `node dist/worker/programs/read.js TABLE [--month M | --from DAY --to DAY] [--profile P] [--columns a,b] [--where SQL]
 * [--format F] [-o FILE]`: rows of a table.
 */
import { parseArgs } from 'node:util';
import { dayOf } from '../../model/calendar.ts';
import { quoteName } from '../../store/duckdb.ts';
import { rangeOf, runMain, UsageError } from './common/arguments.ts';
import { withLockedDatabase } from './common/locked-database.ts';
import { withOutputFile } from './common/output-file.ts';
import { configuredStore, TABLE_NAMES, withDatabase, zoneOf } from './common/store-database.ts';
import { formatOf, writeRows } from './common/write-rows.ts';

await runMain('Reading', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      month: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      profile: { type: 'string', default: 'default' },
      columns: { type: 'string' },
      where: { type: 'string' },
      format: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
  });
  const { profile, output, where } = values;
  const table = TABLE_NAMES.find((name) => name === positionals[0]);
  if (!table) throw new UsageError(`TABLE is one of ${TABLE_NAMES.join(', ')}.`);
  const format = formatOf(values.format, output);
  const columns = values.columns?.split(',').map((name) => quoteName(name.trim())) ?? ['*'];
  // On a line of its own, so that a comment in it ends before the bracket does.
  const sql = `SELECT ${columns.join(', ')} FROM ${quoteName(table)}${where === undefined ? '' : ` WHERE (${where}\n)`}`;
  const store = configuredStore();
  const zone = await zoneOf(store, profile);
  const range = rangeOf(values, dayOf(Date.now() / 1000, zone)) ?? {};
  await withOutputFile(output, async (part) => {
    await withDatabase(async (duckdb) => {
      const locked = { store, profile, ...range, sql, output: part };
      await withLockedDatabase(duckdb, locked, () => writeRows({ duckdb, sql, format, output: part, zone }));
    });
  });
});
