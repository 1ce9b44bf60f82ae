/** Rows as tables of a DuckDB in memory, under the tables' names. */
import type { Database } from '../../analysis/tables.ts';
import { openDuckDb } from '../../store/duckdb.ts';
import { createTableView, queryRows } from '../../store/query.ts';
import { TABLES, type Row, type TableName } from '../../tables/columns.ts';
import { quoteName, quoteText } from '../../store/duckdb.ts';

export interface TestDatabase extends Database {
  close(): void;
}

/** Every table with all its columns; those that are given hold the rows. */
export async function databaseWith(rows: Partial<Record<TableName, Row[]>>): Promise<TestDatabase> {
  const duckdb = await openDuckDb();
  for (const name of Object.keys(TABLES) as TableName[]) {
    await createTableView(duckdb, { name: `no_${name}`, files: [], columns: TABLES[name].columns });
    await duckdb.connection.run(`CREATE TABLE ${quoteName(name)} AS SELECT * FROM ${quoteName(`no_${name}`)}`);
    for (const row of rows[name] ?? []) {
      const columns = Object.keys(row);
      const values = columns.map((column) => literal(row[column] ?? null));
      await duckdb.connection.run(
        `INSERT INTO ${quoteName(name)} (${columns.map(quoteName).join(', ')}) VALUES (${values.join(', ')})`,
      );
    }
  }
  return {
    run: async (sql) => void (await duckdb.connection.run(sql)),
    rows: async (sql) => {
      const found = [];
      for await (const row of queryRows(duckdb, sql)) found.push(row);
      return found;
    },
    close: () => duckdb.close(),
  };
}

function literal(value: Row[string]): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? quoteText(value) : String(value);
}
