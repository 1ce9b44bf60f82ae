import { readdir, readlink, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS, limitReadings, readSheet, readingUntil, type Limits } from '../sheets/index.ts';
import { Semaphore } from '../sheets/semaphore.ts';
import { StringTable } from '../sheets/strings.ts';
import { SHEET_PART, readAll, sheetXml, workbookOf, type WorkbookInput } from './support/workbook.ts';

const ROWS = Array.from(
  { length: 50 },
  (_, row) => `<row r="${row + 1}"><c r="A${row + 1}"><v>${row}</v></c></row>`,
).join('');
const LONG = Array.from(
  { length: 20_000 },
  (_, row) =>
    `<row r="${row + 1}"><c r="A${row + 1}"><v>${row}</v></c><c r="B${row + 1}" t="inlineStr"><is><t>会议 ${row}</t></is></c></row>`,
).join('');

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sheets-'));
  path = join(folder, 'long.xlsx');
  await writeFile(path, workbookOf({ rows: LONG }));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** How often this process has the file open; undefined where the system does not say. */
async function openHandles(): Promise<number | undefined> {
  if (!existsSync('/proc/self/fd')) return undefined;
  const targets = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => 'closed')),
  );
  return targets.filter((target) => target === path).length;
}

describe('limits', () => {
  const nested = sheetXml('').replace('<sheetData>', `${'<x>'.repeat(30)}${'</x>'.repeat(30)}<sheetData>`);
  const packs = sheetXml(`<row r="1"><c r="A1"><v>${'0'.repeat(1_200_000)}</v></c></row>`);
  it.each<[keyof Limits, number, number, WorkbookInput]>([
    ['entries', 5, 4, { rows: ROWS }],
    ['inflatedBytes', 20_000, 1000, { rows: ROWS }],
    ['ratio', 1032, 100, { sheet: packs }],
    ['rows', 50, 49, { rows: ROWS }],
    ['columns', 3, 2, { rows: '<row r="1"><c r="C1"><v>1</v></c></row>' }],
    ['cellLength', 10, 9, { rows: '<row r="1"><c r="A1"><v>0123456789</v></c></row>' }],
    ['cellLength', 10, 9, { rows: '<row><c><v>012345<!-- -->6789</v></c></row>' }],
    ['cellLength', 10, 9, { rows: '<row><c><is><r><t>012345</t></r><r><t>6789</t></r></is></c></row>' }],
    ['cellLength', 10, 9, { strings: '<si><t>0123456789</t></si>' }],
    ['depth', 31, 30, { sheet: nested }],
    // 3 and 10 bytes of text, and 8 for each of three strings.
    ['sharedStringBytes', 37, 36, { strings: '<si><t>甲</t></si><si><t>0123456789</t></si><si/>' }],
  ])('of %s let %d pass and stop at %d', async (limit, enough, tooLittle, input) => {
    const base = { cellLength: 2_000_000, [limit]: enough };
    await readAll(workbookOf(input), { limits: base });
    await expect(readAll(workbookOf(input), { limits: { ...base, [limit]: tooLittle } })).rejects.toMatchObject({
      code: 'too-large',
    });
  });

  it('stop a bomb before it is inflated', async () => {
    const bomb = workbookOf({ sheet: Buffer.alloc(20_000_000, ' ') });
    expect(bomb.length).toBeLessThan(30_000);
    await expect(readAll(bomb)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('leave room for half a million rows of forty columns, and no more than a gibibyte', () => {
    expect(DEFAULT_LIMITS.rows).toBeGreaterThanOrEqual(500_000);
    expect(DEFAULT_LIMITS.inflatedBytes / 500_000 / 40).toBeGreaterThan(50);
    expect(DEFAULT_LIMITS.inflatedBytes).toBeLessThanOrEqual(1024 ** 3);
  });

  it('are those of the process where it has set some', async () => {
    limitReadings({ inflatedBytes: 1000 });
    try {
      await expect(readAll(workbookOf({ rows: ROWS }))).rejects.toMatchObject({ code: 'too-large' });
      await readAll(workbookOf({ rows: ROWS }), { limits: { inflatedBytes: 20_000 } });
    } finally {
      limitReadings({});
    }
  });
});

describe('a reading', () => {
  it('closes its file when the loop is left early', async () => {
    const before = await openHandles();
    for await (const row of readSheet(path)) if (row.number === 3) break;
    expect(await openHandles()).toBe(before);
  });

  it('closes its file when the file is damaged', async () => {
    const before = await openHandles();
    await expect(readAll(path, { limits: { rows: 10 } })).rejects.toThrow('rows beyond row 10');
    expect(await openHandles()).toBe(before);
  });

  it('ends with the reason of its signal, and closes its file', async () => {
    const before = await openHandles();
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const row of readSheet(path, { signal: controller.signal })) {
        if (row.number === 5) controller.abort(new Error('enough'));
      }
    };
    await expect(read()).rejects.toThrow('enough');
    expect(await openHandles()).toBe(before);
  });

  it('ends with the signal of the work that it is part of, however deep in it', async () => {
    const before = await openHandles();
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const row of readSheet(path)) if (row.number === 5) controller.abort(new Error('enough'));
    };
    await expect(readingUntil(controller.signal, read)).rejects.toThrow('enough');
    expect(await openHandles()).toBe(before);
  });

  it('lets timers run while it parses what is in memory', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const bytes = workbookOf({ rows: LONG, each: { method: 'stored' } });
    const atStart = ticks;
    await readAll(bytes);
    clearInterval(timer);
    expect(ticks - atStart).toBeGreaterThan(3);
  });
});

it('lets timers run between the rows, so that the work done with them does not add up', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  // All fifty rows arrive in one chunk.
  for await (const row of readSheet(workbookOf({ rows: ROWS }))) {
    if (row.number === 1) ticks = 0;
    if (row.number === 50) break;
    for (const begin = performance.now(); performance.now() - begin < 2;);
  }
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(3);
});

it('stops a part that is longer than it says as soon as it is', async () => {
  const file = workbookOf({ parts: [{ name: SHEET_PART, data: sheetXml(LONG), claim: { size: 1000 } }] });
  let last = 0;
  const read = async (): Promise<void> => {
    for await (const { number } of readSheet(file)) last = number;
  };
  await expect(read()).rejects.toMatchObject({ code: 'bad-zip' });
  expect(last).toBeLessThan(10);
});

describe('many readings at once', () => {
  it('are two at a time, and all come to their end', async () => {
    let open = 0;
    let most = 0;
    const read = async (): Promise<number> => {
      let rows = 0;
      for await (const row of readSheet(path)) {
        if (row.number === 1) most = Math.max(most, ++open);
        rows++;
      }
      open--;
      return rows;
    };
    expect(await Promise.all(Array.from({ length: 7 }, read))).toEqual(Array<number>(7).fill(20_000));
    expect(most).toBe(2);
  });

  it('wait for those that are stepped through slowly, until one ends or the signal does', async () => {
    const running = [readSheet(path), readSheet(path)];
    for (const rows of running) await rows.next();
    const controller = new AbortController();
    const given = readSheet(path, { signal: controller.signal }).next();
    const last = readSheet(path);
    const waiting = last.next();
    expect(await Promise.race([waiting, delay(30, 'waits')])).toBe('waits');
    controller.abort(new Error('no more time'));
    await expect(given).rejects.toThrow('no more time');
    await running[0]?.return();
    expect((await waiting).value).toMatchObject({ number: 1 });
    await running[1]?.return();
    await last.return();
  });
});

describe('a gate', () => {
  it('lets in by weight, in order, and alone what is heavier than all it has', async () => {
    const gate = new Semaphore(10);
    const order: string[] = [];
    const enter = async (name: string, weight: number): Promise<() => void> => {
      const leave = await gate.enter(weight);
      order.push(name);
      return leave;
    };
    const six = await enter('six', 6);
    const heavy = enter('heavy', 50);
    const one = enter('one', 1);
    await delay(5);
    expect(order).toEqual(['six']);
    six();
    (await heavy)();
    (await one)();
    expect(order).toEqual(['six', 'heavy', 'one']);
  });

  it('has any number wait by one signal, without a warning of Node', async () => {
    const gate = new Semaphore(1);
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const { signal } = new AbortController();
    const leave = await gate.enter(1);
    const others = Array.from({ length: 20 }, async () => (await gate.enter(1, signal))());
    leave();
    await Promise.all(others);
    await delay(0);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});

describe('the table of shared strings', () => {
  it('keeps short, long and very long strings in their places', () => {
    const table = new StringTable();
    const lengths = [0, 1, 5, 70_000, 3, 900_000, 20, 400_000, 400_000, 0, 400_000, 400_000, 0, 0, 7];
    const texts = lengths.map((length, index) => (index % 2 === 0 ? '中' : 'a').repeat(length));
    for (let index = 0; index < 140_000; index++) texts.push(`第 ${index} 个`);
    for (const text of texts) table.add(text);
    expect(table.count).toBe(texts.length);
    expect(texts.findIndex((text, index) => table.get(index) !== text)).toBe(-1);
    expect(texts.findLastIndex((text, index) => table.get(index) !== text)).toBe(-1);
    expect(table.get(texts.length)).toBeUndefined();
    expect(table.get(-1)).toBeUndefined();
  });
});
