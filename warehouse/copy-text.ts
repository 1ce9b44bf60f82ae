/**
 * A table's file as text in PostgreSQL's COPY format. DuckDB writes the lines: a worker makes calls on the same thread, and
 * millions of cells would keep it from them.
 */
import { openDuckDb, quoteName, quoteText } from '../store/duckdb.ts';
import { createTableView, queryRows, type TableView } from '../store/query.ts';

type Column = TableView['columns'][number];

/** Characters that go out in one piece. */
const PIECE = 64 * 1024;

/** PostgreSQL has no text with U+0000 in it. */
const ESCAPES: readonly [from: string, to: string][] = [
  [quoteText('\\'), quoteText('\\\\')],
  ['chr(9)', quoteText('\\t')],
  ['chr(10)', quoteText('\\n')],
  ['chr(13)', quoteText('\\r')],
  ['chr(0)', quoteText('\u{FFFD}')],
];

/** Of a value of any column, and of what stands before them: nothing in a line ends a cell or a row but what is put between. */
function escaped(sql: string): string {
  return ESCAPES.reduce((inner, [from, to]) => `replace(${inner}, ${from}, ${to})`, sql);
}

function textSql({ name, type }: Column): string {
  const column = quoteName(name);
  switch (type) {
    case 'text':
    case 'json':
      return column;
    case 'timestamp':
      return `CAST(make_timestamp(epoch_us(${column})) AS VARCHAR) || '+00'`;
    case 'integer':
    case 'double':
    case 'boolean':
      return `CAST(${column} AS VARCHAR)`;
  }
}

/**
 * Lines of `before` (values that stand in front of every row) and the columns; NULL where the file has no such column.
 * In bounded memory, however large the file. @throws what DuckDB throws
 */
export async function* copyText(
  path: string,
  { columns, before }: { columns: readonly Column[]; before: readonly string[] },
): AsyncGenerator<string, void, undefined> {
  const duckdb = await openDuckDb();
  try {
    await createTableView(duckdb, { name: 'file', files: [path], columns });
    const cells = columns.map((column) => `COALESCE(${escaped(textSql(column))}, '\\N')`);
    const line = `concat_ws(chr(9), ${[...before.map((value) => escaped(quoteText(value))), ...cells].join(', ')})`;
    let lines: string[] = [];
    let characters = 0;
    for await (const row of queryRows(duckdb, `SELECT ${line} AS line FROM file`)) {
      const text = String(row['line']);
      lines.push(text, '\n');
      characters += text.length;
      if (characters < PIECE) continue;
      yield lines.join('');
      lines = [];
      characters = 0;
    }
    if (lines.length > 0) yield lines.join('');
  } finally {
    duckdb.close();
  }
}
