/** `node dist/worker/programs/sql.js 'SELECT …' [--profile P] [--format F] [-o FILE]`: a query over the tables. */
import { parseArgs } from 'node:util';
import { runMain, UsageError } from './common/arguments.ts';
import { withLockedDatabase } from './common/locked-database.ts';
import { withOutputFile } from './common/output-file.ts';
import { configuredStore, withDatabase, zoneOf } from './common/store-database.ts';
import { formatOf, writeRows } from './common/write-rows.ts';

await runMain('The query', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      profile: { type: 'string', default: 'default' },
      format: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
  });
  const { profile, output } = values;
  const sql = (positionals[0] ?? '').trim().replace(/;$/, '');
  if (sql === '') throw new UsageError("Name a query: feishu-vc sql 'SELECT count(*) FROM meetings'");
  const format = formatOf(values.format, output);
  const store = configuredStore();
  const zone = await zoneOf(store, profile);
  await withOutputFile(output, async (part) => {
    await withDatabase(async (duckdb) => {
      const locked = { store, profile, sql, output: part };
      await withLockedDatabase(duckdb, locked, () => writeRows({ duckdb, sql, format, output: part, zone }));
    });
  });
});
