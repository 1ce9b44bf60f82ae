import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TABLES } from '../tables/columns.ts';
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
