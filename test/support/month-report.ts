/** The report of a store, made as the program makes it, in this process. */
import { PRESETS } from '../../analysis/presets.ts';
import { makeReport, type Report } from '../../analysis/report.ts';
import type { Database } from '../../analysis/tables.ts';
import { FileStore } from '../../store/file-store.ts';
import { createTableView } from '../../store/query.ts';
import { TABLES } from '../../tables/columns.ts';
import { statesOf } from '../../worker/programs/common/report-days.ts';
import { databaseOf, withDatabase, withTableViews } from '../../worker/programs/common/store-database.ts';

export interface MonthReportInput {
  dir: string;
  from: string;
  to: string;
  pseudonymous?: boolean;
}

/** @param also asks the database of the report, after it was made */
export async function monthReport(
  { dir, from, to, pseudonymous = false }: MonthReportInput,
  also: (db: Database) => Promise<void> = async () => undefined,
): Promise<Report> {
  const wanted = { store: new FileStore(dir), profile: 'default', from, to };
  return await withDatabase((duckdb) =>
    withTableViews(duckdb, wanted, async ({ manifests }) => {
      const { columns } = TABLES.quality_minutes;
      await createTableView(duckdb, { name: 'quality_minutes_before', files: [], columns });
      const report = await makeReport(databaseOf(duckdb), {
        from,
        to,
        profile: 'default',
        product: 'test',
        rules: PRESETS['default']!,
        zone: 'Asia/Shanghai',
        pseudonymous,
        days: statesOf({ from, to }, manifests),
        comparable: false,
      });
      await also(databaseOf(duckdb));
      return report;
    }),
  );
}
