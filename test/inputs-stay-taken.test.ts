import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkInput, type WorkflowType } from '../workflows/input.ts';

const TAKEN = JSON.parse(readFileSync(new URL('fixtures/inputs-taken.json', import.meta.url), 'utf8')) as {
  type: WorkflowType;
  input: object;
  normal: object;
}[];

/**
 * A run that a caller has started checks its input on every replay. One of these that is refused, or becomes something else,
 * stands for open runs that would stop: a stricter check needs a guard (`docs/decisions/versioning.md`), not a new fixture.
 */
describe('an input at the edge of what is taken', () => {
  test.each(TAKEN.map((taken, index) => ({ ...taken, index })))(
    'stays taken, in the same normal form, as runs under way have it: $type, number $index',
    ({ type, input, normal }) => {
      const checked = checkInput(type, input);
      expect(checked.ok ? JSON.parse(JSON.stringify(checked.input)) : checked.message).toStrictEqual(normal);
    },
  );

  test('is there for every workflow', () => {
    expect(new Set(TAKEN.map(({ type }) => type))).toStrictEqual(
      new Set(['exportResource', 'participantQuality', 'meetingQuality', 'exportDay', 'backfill']),
    );
  });
});
