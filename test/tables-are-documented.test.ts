import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openDuckDb } from '../store/duckdb.ts';
import { FileStore } from '../store/file-store.ts';
import { queryRows } from '../store/query.ts';
import { TABLES } from '../tables/columns.ts';
import { actionsOf, STRICT } from '../tables/privacy.ts';
import { ASK, FROM, HOUR, StagedDay, TO } from './support/staged-day.ts';
import { ROOT } from './support/tree.ts';

const SQL_TYPE = {
  text: 'VARCHAR',
  integer: 'INTEGER',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMPTZ',
  json: 'VARCHAR',
};

const sections = readFileSync(join(ROOT, 'docs/tables.md'), 'utf8').split(/^## /m);

/** The cells of the rows of the table under a heading. */
function documented(heading: string): string[][] {
  const section = sections.find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
}

describe('docs/tables.md', () => {
  test('names what each column of texts takes of a privacy policy, and what the strict one does', () => {
    const names = new Set(Object.values(TABLES).flatMap(({ columns }) => columns.map(({ name }) => name)));
    const real = Array.from(names, (name) => [name, actionsOf(name).join(', '), STRICT.actions.get(name) ?? 'keep']);
    const told = documented('What a privacy policy does').map(([, name, takes, strict]) => [name, takes, strict]);
    expect(told).toEqual(real.filter(([name, takes]) => takes!.split(', ').length > 2 || STRICT.actions.has(name!)));
  });

  test.each(Object.values(TABLES))('names every column of $name in order, with its type and sources', (table) => {
    const told = documented(table.name).map(([, name, type, header, field]) => ({ name, type, header, field }));
    const real = table.columns.map(({ name, type, source }) => ({
      name,
      type: SQL_TYPE[type],
      header: source?.zh?.[0] ?? '',
      field: source?.list ?? '',
    }));
    expect(told).toEqual(real);
  });

  test('says the key of every table', () => {
    for (const { name, key } of Object.values(TABLES)) {
      const section = sections.find((text) => text.startsWith(`${name}\n`));
      expect(section).toContain(`Key: ${key.map((column) => `\`${column}\``).join(', ')}.`);
    }
  });
});

test('the documented question about organizers counts nobody twice where two meetings share number and start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-documented-'));
  vi.useFakeTimers({ toFake: ['Date'] });
  const [start, duckdb] = [FROM + 9 * HOUR, await openDuckDb()];
  try {
    const meeting = (name: string, hours: number) => {
      const person = { name, kind: 'user' as const, join: start, leave: start + 1800, shown: start };
      return { no: '100000001', start, end: start + hours * HOUR, people: [person] };
    };
    const tenant = { meetings: [meeting('ann', 1), meeting('bob', 2)], bookings: [] };
    await new StagedDay(new FileStore(folder), tenant).run(
      { ...ASK, user_id_type: 'user_id' },
      {
        at: TO + 31 * HOUR,
        alter: ({ resource }, items) =>
          resource === 'meeting_list' ? items.map((item) => ({ ...item, user_id: 'ann' })) : items,
      },
    );
    const text = readFileSync(join(ROOT, 'docs/tables.md'), 'utf8').split('### The organizer')[1] ?? '';
    const sql = /```sql\n([^`]*);\n```/.exec(text)?.[1] ?? '';
    const found = [];
    for await (const row of queryRows(duckdb, sql.replaceAll('data/tables', `${folder}/tables`))) found.push(row);
    expect(found).toStrictEqual([expect.objectContaining({ organizer: expect.any(String) as string })]);
    expect(Number(found[0]?.['seconds'])).toBe(1800);
  } finally {
    duckdb.close();
    vi.useRealTimers();
    await rm(folder, { recursive: true, force: true });
  }
});
