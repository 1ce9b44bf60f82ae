import { readFileSync } from 'node:fs';

import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';

import {
  addDays,
  dayOf,
  daysOfMonth,
  dayWindow,
  isDay,
  isoOfUnix,
  isTimeZone,
  unixOfIso,
  unixOfWall,
} from '../model/calendar.ts';

const ZONES = [
  'Asia/Shanghai',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Havana',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Europe/London',
  'UTC',
];

function asked(): never {
  throw new Error('asked for the current time');
}

const window = (day: string, zone: string): string[] => {
  const { fromUnix, toUnix } = dayWindow(day, zone);
  return [isoOfUnix(fromUnix), isoOfUnix(toUnix)];
};

describe('days', () => {
  test.each([
    ['2026-10-01', 'Asia/Shanghai', '2026-09-30T16:00:00Z', '2026-10-01T16:00:00Z'],
    ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
    ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    // The clocks jump from 00:00 to 01:00: the day begins at 01:00.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
    // 00:00 occurs twice: the day begins with the first.
    ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    // A day that the island skipped is empty.
    ['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T10:00:00Z'],
    ['2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z'],
  ])('%s in %s is from %s to %s', (day, zone, from, to) => {
    expect(window(day, zone)).toStrictEqual([from, to]);
  });

  test('follow each other without gap or overlap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30_000 }), fc.constantFrom(...ZONES), (days, zone) => {
        const day = addDays('1970-01-02', days);
        expect(dayWindow(day, zone).toUnix).toBe(dayWindow(addDays(day, 1), zone).fromUnix);
      }),
    );
  });

  test('hold exactly the instants that are said to be of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 86_400, max: 2_500_000_000 }), fc.constantFrom(...ZONES), (unix, zone) => {
        const { fromUnix, toUnix } = dayWindow(dayOf(unix, zone), zone);
        expect(unix).toBeGreaterThanOrEqual(fromUnix);
        expect(unix).toBeLessThan(toUnix);
        expect(dayOf(fromUnix, zone)).toBe(dayOf(unix, zone));
        expect(dayOf(fromUnix - 1, zone)).not.toBe(dayOf(unix, zone));
      }),
    );
  });

  test('an instant that the clocks bring back over midnight stays in the day that had begun', () => {
    // In St. John's the clocks went back from 00:01 to 23:01 of the day before.
    const change = unixOfIso('2006-10-29T02:31:00Z');
    expect(dayOf(change - 60, 'America/St_Johns')).toBe('2006-10-29');
    expect(dayOf(change + 60, 'America/St_Johns')).toBe('2006-10-29');
    expect(dayOf(change - 61, 'America/St_Johns')).toBe('2006-10-28');
  });

  test('are what the calendar of the zone says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_500_000_000 }), fc.constantFrom('Asia/Shanghai', 'UTC'), (unix, zone) => {
        expect(dayOf(unix, zone)).toBe(new Date(unix * 1000).toLocaleDateString('sv-SE', { timeZone: zone }));
      }),
    );
  });

  test.each(['2026-02-29', '2026-13-01', '2026-1-1', '', '2026-01-01T00:00:00Z', '20260101'])('%j is none', (text) => {
    expect(isDay(text)).toBe(false);
    expect(() => dayWindow(text, 'UTC')).toThrow(/is no day; a day is written YYYY-MM-DD/);
  });

  test('are counted over the end of a month and of a year', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2026-03-01', -1)).toBe('2026-02-28');
  });
});

describe('times of a zone', () => {
  test('one that occurs twice is the earlier one', () => {
    const wall = unixOfIso('2026-11-01T01:30:00Z');
    expect(isoOfUnix(unixOfWall(wall, 'America/New_York'))).toBe('2026-11-01T05:30:00Z');
  });

  test('one that is skipped is read with the offset before', () => {
    const wall = unixOfIso('2026-03-08T02:30:00Z');
    expect(isoOfUnix(unixOfWall(wall, 'America/New_York'))).toBe('2026-03-08T07:30:00Z');
  });

  test('an unknown zone is named', () => {
    expect(isTimeZone('Asia/Shanghai')).toBe(true);
    expect(isTimeZone('Asia/Atlantis')).toBe(false);
    expect(() => dayWindow('2026-01-01', 'Asia/Atlantis')).toThrow('"Asia/Atlantis" is no IANA time zone');
  });

  test('an instant without an offset is refused', () => {
    expect(() => unixOfIso('2026-01-01T00:00:00')).toThrow('is no instant');
    expect(unixOfIso('2026-01-01T08:00:00+08:00')).toBe(unixOfIso('2026-01-01T00:00:00Z'));
  });
});

describe('in a workflow', () => {
  test('the zone helpers import nothing and never ask for the current time', () => {
    expect(readFileSync(new URL('../model/calendar.ts', import.meta.url), 'utf8')).not.toMatch(
      /^import|require\(|import\(/m,
    );
    const RealDate = Date;
    class WorkflowDate extends RealDate {
      static override now = asked;
      constructor(ms?: number) {
        super(ms ?? asked());
      }
    }
    vi.stubGlobal('Date', WorkflowDate);
    try {
      expect(window('2026-03-08', 'America/Chicago')).toStrictEqual(['2026-03-08T06:00:00Z', '2026-03-09T05:00:00Z']);
      expect(dayOf(1_772_956_800, 'America/Chicago')).toBe('2026-03-08');
      expect(addDays('2026-03-08', 1)).toBe('2026-03-09');
      expect(unixOfWall(1_772_956_800, 'America/Chicago')).toBe(1_772_974_800);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

test.each([
  ['2026-02', '2026-10-05', '2026-02-01', '2026-02-28'],
  ['previous', '2026-01-31', '2025-12-01', '2025-12-31'],
  ['previous', '2026-03-01', '2026-02-01', '2026-02-28'],
])('the month %s on %s is %s to %s', (month, today, from, to) => {
  expect(daysOfMonth(month, today)).toStrictEqual({ from, to });
});
