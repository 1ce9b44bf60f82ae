import { expect, test } from 'vitest';
import { csvCell } from '../worker/programs/common/write-rows.ts';

test.each([
  ['=1+1', "'=1+1"],
  ["Ann;=1+cmd|'/C calc'!A0", `"Ann;'=1+cmd|'/C calc'!A0"`],
  ['Ann\t-1', `"Ann\t'-1"`],
  ['Ann;"=1"', `"Ann;""'=1"""`],
  ['Ann;＝1;@x', `"Ann;'＝1;'@x"`],
])('a cell %j cannot begin a formula, whatever separates cells', (text, cell) => {
  expect(csvCell(text)).toBe(cell);
});

test.each([
  ['Ann; Ben', '"Ann; Ben"'],
  ['a = b', 'a = b'],
  [-5, '-5'],
  [null, ''],
])('a cell %j stays as it is', (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});
