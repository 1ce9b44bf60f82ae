import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { borrowDuckDb, type DuckDb } from '../store/duckdb.ts';
import { encodeSegment } from '../store/keys.ts';
import { parquetInfo, readParquet, writeParquet } from '../store/parquet.ts';
import type { Column, Row, WrittenTable } from '../store/parquet.ts';
import { compareRows, RowEncoder } from '../store/parquet-rows.ts';
import { RowSpool } from '../store/row-spool.ts';
import { tempFolder } from './support/temp-folder.ts';

const COLUMNS: Column[] = [
  { name: 'row_key', type: 'text' },
  { name: 'rows', type: 'integer' },
  { name: 'loss_pct', type: 'double' },
  { name: 'is_external', type: 'boolean' },
  { name: 'time', type: 'timestamp' },
  { name: 'unparsed', type: 'json' },
];
const FULL: Row = {
  row_key: 'k1',
  rows: -7,
  loss_pct: 0.1,
  is_external: false,
  time: '2026-10-31T23:59:59.5Z',
  unparsed: '{"a":"1 mbps"}',
};
const NULLS: Row = { row_key: 'k2', rows: null, loss_pct: null, is_external: null, time: null, unparsed: null };

let root: string;
let path: string;
beforeEach(async () => {
  root = await tempFolder();
  path = join(root, 'data.parquet');
});

function write(rows: AsyncIterable<Row> | Iterable<Row>, toPath = path): Promise<WrittenTable> {
  return writeParquet({ columns: COLUMNS, rows, sortBy: ['row_key'], toPath });
}

/** Row hash of a table of one row. */
async function hashOf(row: Row): Promise<string> {
  return (await write([row])).rowsHash;
}

async function read(from = path, options = {}): Promise<Row[]> {
  const rows = [];
  for await (const row of readParquet(from, options)) rows.push(row);
  return rows;
}

/** A DuckDB that knows nothing of the store, as an analyst's. */
async function analyst(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

async function filesOf(folder: string): Promise<string[]> {
  return (await readdir(join(root, folder))).toSorted();
}

/** Rows of each group of a table of figures and one text. */
async function groups(values: number, text: string): Promise<unknown[]> {
  const columns = Array.from({ length: 60 }, (_, index): Column => {
    return { name: `a_column_with_a_long_name_${index}`, type: index === 0 ? 'text' : 'double' };
  });
  const row = Object.fromEntries(columns.map(({ name, type }, index) => [name, type === 'text' ? text : index]));
  await writeParquet({ columns, rows: Array.from({ length: values }, () => row), sortBy: [], toPath: path });
  return await analyst(`SELECT DISTINCT row_group_num_rows AS rows FROM parquet_metadata('${path}') ORDER BY 1`);
}

describe('what is written', () => {
  test('has the documented types for any reader, and zstd inside', async () => {
    const written = await write([FULL, NULLS]);
    expect(await analyst(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '${path}')`)).toEqual([
      { column_name: 'row_key', column_type: 'VARCHAR' },
      { column_name: 'rows', column_type: 'INTEGER' },
      { column_name: 'loss_pct', column_type: 'DOUBLE' },
      { column_name: 'is_external', column_type: 'BOOLEAN' },
      { column_name: 'time', column_type: 'TIMESTAMP WITH TIME ZONE' },
      { column_name: 'unparsed', column_type: 'VARCHAR' },
    ]);
    const sql = `SELECT row_key, rows, loss_pct, is_external, epoch_us(time) AS us, unparsed->>'a' AS a FROM '${path}'`;
    expect(await analyst(sql)).toEqual([
      { row_key: 'k1', rows: -7, loss_pct: 0.1, is_external: false, us: '1793491199500000', a: '1 mbps' },
      { row_key: 'k2', rows: null, loss_pct: null, is_external: null, us: null, a: null },
    ]);
    expect(await analyst(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`)).toEqual([
      { compression: 'ZSTD' },
    ]);
    expect(await parquetInfo(path)).toEqual({ rows: 2, bytes: written.bytes, sha256: written.sha256 });
    expect(await readdir(root)).toEqual(['data.parquet']);
  });

  test('is read back through the partitions, whatever the profile is called', async () => {
    const profiles = ['default', '会议 50%', 'a/b=c', '..'];
    for (const profile of profiles) {
      const toPath = join(root, 'tables/meetings', `profile=${encodeSegment(profile)}`, 'day=2026-10-31/data.parquet');
      await mkdir(dirname(toPath), { recursive: true });
      await write([{ row_key: profile }], toPath);
      // A file that is being written is not seen.
      await writeFile(join(dirname(toPath), '.tmp-0011223344556677'), 'half');
      expect(await read(toPath, { columns: ['row_key'] })).toEqual([{ row_key: profile }]);
      expect(Object.keys((await read(toPath))[0] ?? {})).toEqual(COLUMNS.map(({ name }) => name));
    }
    const found = await analyst(
      `SELECT row_key, profile, day FROM read_parquet('${root}/tables/meetings/**/*.parquet', hive_partitioning = true)`,
    );
    expect(found.map(({ row_key }) => String(row_key)).toSorted()).toEqual(profiles.toSorted());
    for (const { row_key, profile, day } of found) expect([profile, day]).toEqual([row_key, '2026-10-31']);
  });

  test('stands in a folder whose name has quotes and pattern characters', async () => {
    const toPath = join(root, `it's [a] "*"?{b}`, 'data.parquet');
    await mkdir(dirname(toPath));
    await write([FULL], toPath);
    expect(await read(toPath)).toEqual([FULL]);
    expect((await parquetInfo(toPath)).rows).toBe(1);
  });

  test('is found by its own name only, though DuckDB would take the name for a pattern', async () => {
    await write([FULL]);
    for (const name of ['*.parquet', 'dat?.parquet', 'dat[a-z].parquet']) {
      await expect(read(join(root, name))).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  test('without rows is a valid table with its columns', async () => {
    expect(await write([])).toMatchObject({ rows: 0, rowsHash: createHash('sha256').digest('hex') });
    expect(await read()).toEqual([]);
    expect(
      await analyst(`SELECT count(*)::INTEGER AS n, count(time) FILTER (time > now())::INTEGER AS t FROM '${path}'`),
    ).toEqual([{ n: 0, t: 0 }]);
  });

  test('has groups of rows as large as their values allow, whatever their columns are called', async () => {
    expect(await groups(10_000, 'x')).toEqual([{ rows: '10000' }]);
    expect((await groups(10_000, 'x'.repeat(6_000))).length).toBe(2);
  });

  test('replaces the file that was there', async () => {
    await write([FULL]);
    await write([NULLS]);
    expect(await read()).toEqual([NULLS]);
  });

  test('comes back with the same values, for any values', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', ' ', '\u0000', '\n', 'null', '{}', '2026-01-01', '-'),
    );
    const instant = fc
      .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
      .map((date) => date.toISOString().replace(/\.?0*Z$/, 'Z'));
    const value = fc.record({
      rows: fc.option(fc.integer()),
      loss_pct: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0)),
      is_external: fc.option(fc.boolean()),
      time: fc.option(instant),
      unparsed: fc.option(fc.json()),
      text: fc.option(text),
    });
    const columns: Column[] = [...COLUMNS, { name: 'text', type: 'text' }];
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 30 }), async (values) => {
        const rows = values.map((each, index) => ({ row_key: String(index).padStart(2, '0'), ...each }));
        await writeParquet({ columns, rows, sortBy: ['row_key'], toPath: path });
        expect(await read()).toEqual(rows);
      }),
      { numRuns: 15 },
    );
  });

  test('keeps U+FEFF, which stands for no mark of an encoding in a value, at the start of a text', async () => {
    const rows = ['', 'longer than twelve bytes', 'x'].map((text) => ({ row_key: `\u{FEFF}${text}` }));
    await write(rows);
    expect(await read(path, { columns: ['row_key'] })).toEqual(rows);
  });

  test('takes half of a surrogate pair in JSON as the replacement character, and leaves all else of it as it stands', async () => {
    const json = [String.raw`{"a":"x\ud83d","b":["\uDE00",1]}`, '{ "a": "😀" }', String.raw`{"a":"\ud83d\ude00"}`];
    await write(json.map((unparsed, index) => ({ row_key: String(index), unparsed })));
    const rows = await read(path, { columns: ['unparsed'] });
    expect(rows.map(({ unparsed }) => unparsed)).toEqual([
      '{"a":"x\u{FFFD}","b":["\u{FFFD}",1]}',
      '{ "a": "😀" }',
      '{"a":"😀"}',
    ]);
  });

  test('takes half of a surrogate pair as the replacement character, in file and hash', async () => {
    const first = await write([{ row_key: 'a\uD800b' }]);
    expect(await read(path, { columns: ['row_key'] })).toEqual([{ row_key: 'a\u{FFFD}b' }]);
    expect((await write([{ row_key: 'a\u{FFFD}b' }])).rowsHash).toBe(first.rowsHash);
  });
});

describe('order and hashes', () => {
  const rows: Row[] = Array.from({ length: 5_000 }, (_, index) => ({
    row_key: `k${index % 100}`,
    rows: index % 7,
    loss_pct: index / 3,
    time: index % 11 === 0 ? null : `2026-10-31T00:00:${String(index % 60).padStart(2, '0')}Z`,
  }));
  const shuffled = rows.toSorted((a, b) => Math.sin(Number(a.loss_pct)) - Math.sin(Number(b.loss_pct)));
  const sortBy = ['time', 'rows'];

  const ONE_RUN = ['run-0', 'run-0.keys'];
  const sorted = async (name: string, given: Row[], runCharacters?: number): Promise<unknown> => {
    const folder = join(root, name);
    await mkdir(folder);
    const spool = new RowSpool({ folder, ...(runCharacters === undefined ? {} : { runCharacters }) });
    const encoder = new RowEncoder(COLUMNS, sortBy);
    for (const row of given) if (spool.add(encoder.encode(row))) await spool.flush();
    const { path: sortedPath, ...result } = await spool.finish();
    return { ...result, text: await readFile(sortedPath, 'utf8') };
  };

  test('the same rows in another order, from another kind of source, give the same bytes and hash', async () => {
    const first = await writeParquet({ columns: COLUMNS, rows, sortBy, toPath: path });
    const second = await writeParquet({
      columns: COLUMNS,
      rows: (async function* () {
        yield* shuffled;
      })(),
      sortBy,
      toPath: join(root, 'b'),
    });
    expect(second).toEqual(first);
    expect(first.rows).toBe(5_000);
  });

  test('rows stand in the order asked for, NULL last', async () => {
    await writeParquet({ columns: COLUMNS, rows: shuffled, sortBy, toPath: path });
    const sql = `SELECT count(*)::INTEGER AS wrong FROM (
      SELECT time, rows, lag(time, 1) OVER w AS t0, lag(rows, 1) OVER w AS r0, row_number() OVER w AS n
      FROM read_parquet('${path}', file_row_number = true) WINDOW w AS (ORDER BY file_row_number))
      WHERE n > 1 AND ((t0 IS NULL AND time IS NOT NULL) OR t0 > time OR (t0 IS NOT DISTINCT FROM time AND r0 > rows))`;
    expect(await analyst(sql)).toEqual([{ wrong: 0 }]);
  });

  test('instants with and without decimals are in the order of time', async () => {
    const times = ['2026-10-31T00:00:00.5Z', '2026-10-31T00:00:01Z', '2026-10-31T00:00:00Z', '2026-10-31T00:00:00.25Z'];
    await writeParquet({
      columns: COLUMNS,
      rows: times.map((time) => ({ row_key: 'k', time })),
      sortBy: ['time'],
      toPath: path,
    });
    expect((await read()).map(({ time }) => time)).toEqual([times[2], times[3], times[0], times[1]]);
  });

  test('the hash is that of the rows as lines of JSON, in order, without NULLs', async () => {
    const written = await write([NULLS, FULL]);
    const lines = (await read()).map((row) =>
      JSON.stringify(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))),
    );
    expect(written.rowsHash).toBe(
      createHash('sha256')
        .update(lines.map((line) => `${line}\n`).join(''))
        .digest('hex'),
    );
  });

  test('the hash tells every change, and not what is no change', async () => {
    const plain = await hashOf({ row_key: 'k', time: '2026-10-31T00:00:00Z', loss_pct: 5 });
    expect(await hashOf({ loss_pct: 5.0, time: '2026-10-31T00:00:00.000Z', row_key: 'k', rows: null })).toBe(plain);
    for (const change of [
      { row_key: 'K' },
      { time: '2026-10-31T00:00:00.000001Z' },
      { loss_pct: 5.000001 },
      { rows: 0 },
      { is_external: false },
    ]) {
      expect(await hashOf({ row_key: 'k', time: '2026-10-31T00:00:00Z', loss_pct: 5, ...change })).not.toBe(plain);
    }
  });

  test('a table that is sorted in many pieces is the one that is sorted at once', async () => {
    const atOnce = await sorted('once', shuffled);
    expect(atOnce).toMatchObject({ rows: 5_000 });
    expect(await filesOf('once')).toEqual(ONE_RUN);
    expect(await sorted('pieces', shuffled, 3_000)).toEqual(atOnce);
    expect((await filesOf('pieces')).length).toBeGreaterThan(50);
    expect(await sorted('each', shuffled, 1)).toEqual(atOnce);
  });

  test('rows that come in their order are written once, and merged as soon as one does not', async () => {
    const encoder = new RowEncoder(COLUMNS, sortBy);
    const ordered = rows.toSorted((a, b) => compareRows(encoder.encode(a), encoder.encode(b)));
    const atOnce = await sorted('once', shuffled);
    expect(await sorted('ordered', ordered, 3_000)).toEqual(atOnce);
    expect(await filesOf('ordered')).toEqual(ONE_RUN);
    const [first, ...others] = ordered;
    expect(await sorted('late', [...others, first!], 3_000)).toEqual(atOnce);
    expect(await filesOf('late')).toContain('sorted.ndjson');
  });

  test('rows are compared the same way round', () => {
    const encoder = new RowEncoder(COLUMNS, sortBy);
    const encoded = fc.constantFrom(...rows.slice(0, 200)).map((row) => encoder.encode(row));
    fc.assert(
      fc.property(encoded, encoded, encoded, (a, b, c) => {
        expect(compareRows(a, b)).toBe(0 - compareRows(b, a));
        if (compareRows(a, b) <= 0 && compareRows(b, c) <= 0 && compareRows(a, c) > 0)
          throw new Error('not transitive');
      }),
    );
  });
});

describe('what is refused', () => {
  test.each<[string, unknown]>([
    ['rows', 1.5],
    ['rows', 2 ** 31],
    ['rows', -(2 ** 31) - 1],
    ['rows', '7'],
    ['loss_pct', Number.NaN],
    ['loss_pct', Number.POSITIVE_INFINITY],
    ['loss_pct', '0.5'],
    ['is_external', 1],
    ['time', '2026-10-31'],
    ['time', '2026-10-31T00:00:00'],
    ['time', '2026-10-31T08:00:00+08:00'],
    ['time', '2026-02-30T00:00:00Z'],
    ['time', '2026-10-31T24:00:00Z'],
    ['time', '2026-10-31T00:00:00.1234567Z'],
    ['time', 1_793_491_199],
    ['unparsed', '{"a":'],
    ['unparsed', { a: 1 }],
    ['row_key', 5],
    ['no_such_column', 'x'],
  ])('column %s with %j, by row and column and without the value, leaving nothing behind', async (column, value) => {
    const rows = [FULL, JSON.parse('{}'), { ...FULL, row_key: 'Zhang San', [column]: value }];
    await expect(write(rows)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'refused',
      message: expect.stringMatching(new RegExp(`^Row 3 .*column ${column} `)),
    });
    expect(await readdir(root)).toEqual([]);
  });

  test('the limits of the types are not', async () => {
    const rows = [
      { row_key: '', rows: 2 ** 31 - 1, loss_pct: -Number.MAX_VALUE },
      { row_key: '1', rows: -(2 ** 31), loss_pct: Number.MIN_VALUE },
    ];
    await write(rows);
    expect(await read(path, { columns: ['row_key', 'rows', 'loss_pct'] })).toEqual(rows);
  });

  test('columns of the same name, none at all, and an unknown one to sort by', async () => {
    const twice: Column[] = [
      { name: 'a', type: 'text' },
      { name: 'a', type: 'double' },
    ];
    await expect(writeParquet({ columns: twice, rows: [], sortBy: [], toPath: path })).rejects.toMatchObject({
      code: 'refused',
    });
    await expect(writeParquet({ columns: [], rows: [], sortBy: [], toPath: path })).rejects.toMatchObject({
      code: 'refused',
    });
    await expect(writeParquet({ columns: COLUMNS, rows: [], sortBy: ['b'], toPath: path })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(await readdir(root)).toEqual([]);
  });

  test('a row of many megabytes, while one of a few is taken', async () => {
    await write([{ row_key: '会'.repeat(4_000_000) }]);
    expect((await read())[0]?.row_key).toHaveLength(4_000_000);
    await expect(write([{ row_key: 'x'.repeat(6_000_000) }])).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('longer'),
    });
  });
});

describe('trouble', () => {
  test('a source that fails after some rows leaves the old file and nothing else, and its error comes out unchanged', async () => {
    await write([FULL]);
    const failure = new Error('the sheet is cut off');
    const rows = (async function* () {
      yield NULLS;
      throw failure;
    })();
    await expect(write(rows)).rejects.toBe(failure);
    expect(await read()).toEqual([FULL]);
    expect(await readdir(root)).toEqual(['data.parquet']);
  });

  test('a folder that is absent is unavailable, a file that is absent is not-found', async () => {
    await expect(write([FULL], join(root, 'no/data.parquet'))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('mount'),
    });
    await expect(read(join(root, 'no.parquet'))).rejects.toMatchObject({ code: 'not-found' });
    await expect(parquetInfo(join(root, 'no.parquet'))).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a file that is no Parquet, is cut off, or lacks a column is damaged', async () => {
    await write([FULL]);
    await expect(read(path, { columns: ['nope'] })).rejects.toMatchObject({ code: 'damaged' });
    for (const bytes of ['', 'PAR1', 'x'.repeat(1_000), 'PAR1aaaaaaaaPAR1']) {
      await writeFile(path, bytes);
      await expect(read()).rejects.toMatchObject({ name: 'StoreError', code: 'damaged' });
    }
  });

  test('a reader may stop early, and a limit stops by itself', async () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => ({ row_key: String(index).padStart(5, '0') }));
    await write(rows);
    for await (const row of readParquet(path)) {
      expect(row.row_key).toBe('00000');
      break;
    }
    expect(await read(path, { columns: ['row_key'], limit: 3 })).toEqual(rows.slice(0, 3));
    expect(await read(path, { columns: ['row_key'] })).toEqual(rows);
  });

  test('many tables may be written at once; rows of two are asked for at a time', async () => {
    let asking = 0;
    let most = 0;
    const slowly = async function* (): AsyncGenerator<Row> {
      asking += 1;
      most = Math.max(most, asking);
      await sleep(5);
      yield FULL;
      asking -= 1;
    };
    await Promise.all(Array.from({ length: 6 }, (_, index) => write(slowly(), join(root, `${index}.parquet`))));
    expect(most).toBe(2);
    for (let index = 0; index < 6; index += 1) expect(await read(join(root, `${index}.parquet`))).toEqual([FULL]);
  });

  test('timers run while rows that are in memory already are taken', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    const rows = Array.from({ length: 20_000 }, (_, index) => ({ row_key: String(index) }));
    let ticksAtTheEnd = 0;
    await write(
      (function* () {
        yield* rows;
        ticksAtTheEnd = ticks;
      })(),
    );
    clearInterval(timer);
    expect(ticksAtTheEnd).toBeGreaterThan(3);
  });
});

const mark = (memoryMb: number): string => `SET GLOBAL memory_limit = '${memoryMb}MB'`;

async function answers({ connection }: DuckDb): Promise<unknown> {
  return (await connection.runAndReadAll("SELECT current_setting('memory_limit')")).getRowsJson();
}

describe('the DuckDB behind it', () => {
  test('is used again once it is closed, and by one at a time', async () => {
    const [first, second] = [await borrowDuckDb(), await borrowDuckDb()];
    await first.connection.run(mark(100));
    const marked = await answers(first);
    expect(await answers(second)).not.toEqual(marked);
    second.close();
    first.close();
    const third = await borrowDuckDb();
    expect(await answers(third)).toEqual(marked);
    await third.connection.run(mark(192));
    third.close();
  });

  test('shows each file as it is now', async () => {
    for (const rows of [[FULL], [NULLS], [FULL, NULLS]]) {
      await write(rows);
      expect(await read()).toEqual(rows);
      expect((await parquetInfo(path)).rows).toBe(rows.length);
    }
  });

  test('goes on after a statement that failed', async () => {
    await expect(read(join(root, 'absent.parquet'))).rejects.toMatchObject({ code: 'not-found' });
    await write([FULL]);
    expect(await read()).toEqual([FULL]);
  });
});
