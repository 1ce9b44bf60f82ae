/** Words from outside are cut between characters: half of one makes a text that readers of JSON refuse as a whole. */
import { expect, test } from 'vitest';
import { foreignText } from '../feishu/error-messages.ts';
import { addGap } from '../model/gaps.ts';
import type { Gap } from '../model/committed-day.ts';

const LONE = /\p{Surrogate}/u;
const asItIs = (text: string) => text;

test.each([298, 299, 300, 301])('a message of which character %s is an emoji is cut beside it', (before) => {
  const said = foreignText(`${'x'.repeat(before)}😀 and more`, asItIs);
  expect(said).not.toMatch(LONE);
  expect(said).toMatch(/^x+(😀.*)?…$/);
});

test('half of a character that came so is the replacement character', () => {
  expect(foreignText('a\uD83D b', asItIs)).toBe('a\u{FFFD} b');
});

test('a reason that is cut for a sum keeps whole characters', () => {
  const gaps: Gap[] = [];
  addGap(gaps, { reason: `${'x'.repeat(199)}😀`, count: 1 });
  expect(gaps).toEqual([{ reason: 'x'.repeat(199), count: 1 }]);
});
