/**
 * `node dist/worker/programs/report.js (MONTH | --from DAY --to DAY) [--profile P] [--lang en|zh] [--rules R] [--pseudonymous]
 * [-o FILE] [--json]`: the report of a range of days as one HTML file, or its figures as JSON.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { findingText } from '../../report/finding-text.ts';
import { makeReport, type Report } from '../../analysis/report.ts';
import { committedDays, type CommittedDays } from '../../dataset/committed-days.ts';
import { addDays, dayOf, daysBetween } from '../../model/calendar.ts';
import { reportPage } from '../../report/page.ts';
import type { DuckDb } from '../../store/duckdb.ts';
import type { Store } from '../../store/store.ts';
import { createTableView } from '../../store/query.ts';
import { TABLES } from '../../tables/columns.ts';
import { printJson, printText, type TextStream } from '../../report/terminal.ts';
import { PRODUCT } from '../product.ts';
import { rangeOf, ruleSetOf, runMain, UsageError, type Range } from './common/arguments.ts';
import { withOutputFile } from './common/output-file.ts';
import { haveWholeMinutes, statesOf } from './common/report-days.ts';
import { configuredStore, databaseOf, withDatabase, withTableViews, zoneOf } from './common/store-database.ts';

await runMain('The report', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      profile: { type: 'string', default: 'default' },
      lang: { type: 'string', default: 'en' },
      rules: { type: 'string', default: 'default' },
      pseudonymous: { type: 'boolean', default: false },
      output: { type: 'string', short: 'o' },
      json: { type: 'boolean', default: false },
    },
  });
  const { lang: language, profile, output } = values;
  if (language !== 'en' && language !== 'zh') throw new UsageError('--lang takes en or zh.');
  const month = positionals[0];
  const store = configuredStore();
  const zone = await zoneOf(store, profile);
  const range = rangeOf({ month, from: values.from, to: values.to }, dayOf(Date.now() / 1000, zone));
  if (!range) throw new UsageError('Name a month (YYYY-MM or previous), or --from and --to.');
  const rules = await ruleSetOf(values.rules);
  const ofRange = { product: PRODUCT, rules, zone, pseudonymous: values.pseudonymous, profile, ...range };
  const report = await withDatabase((duckdb) =>
    withTableViews(duckdb, { store, profile, ...range }, (days) =>
      withPeriodBefore(duckdb, { store, profile, range, days }, (comparable) =>
        makeReport(databaseOf(duckdb), { ...ofRange, days: statesOf(range, days.manifests), comparable }),
      ),
    ),
  );
  const path =
    output ??
    (values.json ? '-' : `report-${month === undefined ? `${range.from}-${range.to}` : range.from.slice(0, 7)}.html`);
  const write = (stream: TextStream): void => {
    if (values.json) printJson(stream, withSentences(report));
    else printText(stream, reportPage(report, { language }));
  };
  if (path === '-') return write(process.stdout);
  const pieces: string[] = [];
  write({ write: (piece) => pieces.push(piece) });
  await withOutputFile(path, async (part) => await writeFile(part!, pieces), process.stdout);
});

/** Runs `work` with the view `quality_minutes_before`. Comparable where both have all of their minutes: parts are not compared. */
async function withPeriodBefore<T>(
  duckdb: DuckDb,
  { store, profile, range, days }: { store: Store; profile: string; range: Range; days: CommittedDays },
  work: (comparable: boolean) => Promise<T>,
): Promise<T> {
  const isMonth = range.from.endsWith('-01') && addDays(range.to, 1).endsWith('-01');
  const length = daysBetween(range.from, range.to) + 1;
  const to = addDays(range.from, -1);
  const from = isMonth && length <= 31 ? `${to.slice(0, 7)}-01` : addDays(range.from, -length);
  const before = await committedDays(store, { profile, from, to });
  const { columns } = TABLES.quality_minutes;
  const keys = before.files.quality_minutes;
  return await store.withLocalFiles(keys, async (pathOf) => {
    await createTableView(duckdb, { name: 'quality_minutes_before', files: keys.map(pathOf), columns });
    return await work(haveWholeMinutes(range, days.manifests) && haveWholeMinutes({ from, to }, before.manifests));
  });
}

function withSentences(report: Report) {
  return { ...report, findings: report.findings.map((finding) => ({ ...finding, text: findingText(finding) })) };
}
