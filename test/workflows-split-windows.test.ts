/** A window that is refused, or whose file looks cut off, is asked in parts that miss nothing. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partsOf } from '../workflows/day/parts.ts';

const DAY_S = 86_400;
const FROM = 1_790_784_000;

const bounds = (parts: ReturnType<typeof partsOf>) =>
  (parts ?? []).map((part) => [Number(part['start_time']), Number(part['end_time'])] as const);

describe('The parts of a window', () => {
  test('are three of half its length, each half overlapping the next', () => {
    const request = { start_time: String(FROM), end_time: String(FROM + 2 * DAY_S), user_id_type: 'open_id' };
    expect(partsOf(request)).toStrictEqual(
      [0, DAY_S / 2, DAY_S].map((after) => ({
        start_time: String(FROM + after),
        end_time: String(FROM + after + DAY_S),
        user_id_type: 'open_id',
      })),
    );
  });

  test('have whole whatever lasts for up to a quarter of it, at any time of it', () => {
    const anyOf = fc
      .tuple(fc.integer({ min: 7200, max: 40 * DAY_S }), fc.nat(), fc.nat())
      .map(([length, lasts, at]) => {
        const duration = lasts % (Math.floor(length / 4) + 1);
        const start = FROM + (at % (length - duration + 1));
        return { to: FROM + length, start, end: start + duration };
      });
    const property = fc.property(anyOf, ({ to, start, end }) => {
      const parts = bounds(partsOf({ start_time: String(FROM), end_time: String(to) }));
      expect(parts.some(([from, until]) => from <= start && end <= until)).toBe(true);
      expect([parts[0]?.[0], parts.at(-1)?.[1]]).toStrictEqual([FROM, to]);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  test('are none of a request without a window, nor of a short one', () => {
    expect(partsOf({ meeting_no: '123456789', meeting_start_time: String(FROM) })).toBe(null);
    expect(partsOf({ start_time: String(FROM), end_time: String(FROM + 7199) })).toBe(null);
  });
});
