/** A window that is refused, or whose file looks cut off, is asked in parts that miss nothing. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partsOf, wholeOrInParts, type UnitWindow } from '../workflows/day/parts.ts';

const DAY_S = 86_400;
const FROM = 1_790_784_000;

const bounds = (parts: ReturnType<typeof partsOf>) =>
  (parts ?? []).map((part) => [Number(part['start_time']), Number(part['end_time'])] as const);

const REFUSED = new Error('refused');
const refuse = ({ unit }: UnitWindow) => {
  if (unit === 'window-1') throw REFUSED;
  return 3;
};
const fail = () => {
  throw new Error('away');
};

describe('A window', () => {
  const request = { start_time: String(FROM), end_time: String(FROM + 2 * DAY_S) };
  /** @returns what was asked and joined, in order */
  const asked = async (answer: (window: UnitWindow) => number) => {
    const done: string[] = [];
    const rows = await wholeOrInParts(
      { unit: 'window-1', request },
      {
        ask: (window) => {
          done.push(window.unit);
          return Promise.resolve().then(() => answer(window));
        },
        isRefused: (error) => error === REFUSED,
        join: (whole, parts) => {
          done.push(`${whole.unit} of ${parts.length}`);
          return Promise.resolve(7);
        },
      },
    );
    return { done, rows };
  };
  const parts = ['window-1', 'window-1.1', 'window-1.2', 'window-1.3', 'window-1 of 3'];

  test('is asked in parts where its file has a number of rows at which files are cut off, or it is refused', async () => {
    expect(await asked(({ unit }) => (unit === 'window-1' ? 5000 : 3))).toStrictEqual({ done: parts, rows: 7 });
    expect(await asked(refuse)).toStrictEqual({ done: parts, rows: 7 });
    expect(await asked(() => 4999)).toStrictEqual({ done: ['window-1'], rows: 4999 });
  });

  test('is cut again where a part looks cut off, and not where it fails otherwise', async () => {
    const { done } = await asked(({ unit }) => (unit === 'window-1' || unit === 'window-1.2' ? 5000 : 3));
    expect(done).toStrictEqual([
      ...parts.slice(0, 3),
      'window-1.2.1',
      'window-1.2.2',
      'window-1.2.3',
      'window-1.2 of 3',
      ...parts.slice(3),
    ]);
    await expect(asked(fail)).rejects.toThrow('away');
  });
});

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
