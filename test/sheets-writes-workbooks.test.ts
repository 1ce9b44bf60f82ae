import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isoToSerial } from '../sheets/dates.ts';
import { readSheet, serialToIso, TooManyRowsError, writeSheet, type SheetCell } from '../sheets/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sheets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function* each(rows: readonly (readonly SheetCell[])[]): AsyncGenerator<readonly SheetCell[]> {
  yield* rows;
}

async function* tooMany(): AsyncGenerator<readonly SheetCell[]> {
  for (let row = 0; row < 1_048_576; row++) yield [null];
}

/** What the reader finds behind the head of what was written. */
async function readBack(rows: readonly (readonly SheetCell[])[]): Promise<SheetCell[][]> {
  const path = join(folder, 'own.xlsx');
  const width = Math.max(1, ...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, index) => ({ header: `c${index}`, width: 12, isTime: false }));
  await writeSheet(path, { columns, rows: each(rows) });
  const found: SheetCell[][] = [];
  for await (const { cells } of readSheet(path)) found.push(cells);
  return found.slice(1);
}

test('any text comes back as it was', async () => {
  const texts = fc.array(
    fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^(_x[0-9A-F]{4}_|[&<>\r\n\t"' _])*$/)),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (column) => {
      expect(await readBack(column.map((text) => ['-', text]))).toEqual(
        // A cell of no characters is none to the reader.
        column.map((text) => (text === '' ? ['-'] : ['-', text])),
      );
    }),
    { numRuns: 30 },
  );
});

test('the same rows make the same file', async () => {
  const rows = [['a', 1, true, null]];
  const path = join(folder, 'own.xlsx');
  await readBack(rows);
  const first = await readFile(path);
  await readBack(rows);
  expect(await readFile(path)).toEqual(first);
});

test('a time is a serial number from March 1900 on, and text before', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1900-03-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const iso = date.toISOString().slice(0, 19);
      expect(serialToIso(isoToSerial(iso) ?? '')).toBe(iso);
    }),
  );
  for (const none of ['1900-02-28T23:59:59', '+010000-01-01T00:00', 'soon', '']) expect(isoToSerial(none)).toBeNull();
});

test('a text is cut where a cell ends, and never within a character', async () => {
  const [[cut] = []] = await readBack([[`${'x'.repeat(32_766)}🙂`]]);
  expect(cut).toBe('x'.repeat(32_766));
});

test('more rows than a sheet can have are refused', async () => {
  const columns = [{ header: 'c', width: 12, isTime: false }];
  await expect(writeSheet(join(folder, 'long.xlsx'), { columns, rows: tooMany() })).rejects.toThrow(TooManyRowsError);
});

test('what stood in the file before is gone', async () => {
  await writeFile(join(folder, 'own.xlsx'), 'x'.repeat(100_000));
  expect(await readBack([['a']])).toEqual([['a']]);
});
