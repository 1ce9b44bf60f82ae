import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { dayNamedIn, readCell, readTime, resolveTime } from '../tables/cells.ts';
import { isoOfUnix, offsetAt, unixOfIso } from '../model/calendar.ts';

const NOT_NAMES = ['text', 'id', 'integer', 'duration', 'boolean', 'kbps', 'ms', 'pct', 'db', 'fps'] as const;
const ZONES = ['Asia/Shanghai', 'America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'];

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}

function instant(text: string, zone = 'Asia/Shanghai'): string | null {
  const time = readTime(text);
  return time === null ? null : isoOfUnix(resolveTime(time, [], zone));
}

describe('timestamps', () => {
  test.each([
    ['2022.07.21 11:01:40 (GMT+08:00)', '2022-07-21T03:01:40Z'],
    ['2022.07.21 11:01:40（GMT+08:00）', '2022-07-21T03:01:40Z'],
    ['2022.07.21\u00a011:01:40 (GMT+8)', '2022-07-21T03:01:40Z'],
    ['2022.07.21 11:01 (GMT+08:00)', '2022-07-21T03:01:00Z'],
    ['2022.07.21 11:01:40 (GMT-03:30)', '2022-07-21T14:31:40Z'],
    ['2022/7/21 9:01:40 UTC+05:45', '2022-07-21T03:16:40Z'],
    ['2022-07-21T11:01:40+0800', '2022-07-21T03:01:40Z'],
    ['2022-07-21T11:01:40Z', '2022-07-21T11:01:40Z'],
    ['2022-07-21 11:01:40 (UTC)', '2022-07-21T11:01:40Z'],
    ['  2022.07.21 11:01:40  ', '2022-07-21T03:01:40Z'],
    ['2022年07月21日 11:01:40', '2022-07-21T03:01:40Z'],
    ['2022年7月21日11:01 (GMT+00:00)', '2022-07-21T11:01:00Z'],
    ['2022年7月21日 11时1分40秒', '2022-07-21T03:01:40Z'],
    ['2022年7月21日 11时1分', '2022-07-21T03:01:00Z'],
    ['2022.07.21 11:01:40 (CST)', '2022-07-21T03:01:40Z'],
    ['2022-07-21 11:01:40 CST', '2022-07-21T03:01:40Z'],
    ['2022-07-21T11:01:40.123Z', '2022-07-21T11:01:40Z'],
    ['2022-07-21T11:01:40.999+08:00', '2022-07-21T03:01:40Z'],
    ['2022-07-21T11:01:40.000Z', '2022-07-21T11:01:40Z'],
    ['2024.02.29 00:00:00 (GMT+00:00)', '2024-02-29T00:00:00Z'],
  ])('reads %j', (text, iso) => {
    expect(instant(text)).toBe(iso);
  });

  test.each([
    '21.07.2022 11:01:40',
    '07/21/2022 11:01:40',
    '22.07.21 11:01:40',
    '2022.07/21 11:01:40',
    '2022.13.01 11:01:40',
    '2023.02.29 11:01:40',
    '2022.07.21',
    '2022.07.21 24:00:00',
    '2022.07.21 11:60:00',
    '2022.07.21 11:01:40 (GMT+15:00)',
    '2022.07.21 11:01:40 (EST)',
    '2022年13月21日 11:01',
    '2022年07月21日',
    '2022年07.21 11:01',
    '2022年7月21日 11时',
    '2022.07.21 11:01:40 PM',
    '2022.07.21 11:01:40.5',
    '44763.459',
    '1658372500',
    'yesterday',
  ])('does not guess at %j', (text) => {
    expect(readTime(text)).toBeNull();
  });

  test('come back as the instant they were written from, in any zone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_102_444_800 }),
        fc.constantFrom(...ZONES),
        fc.constantFrom('.', '/', '-'),
        (unix, zone, mark) => {
          const offset = offsetAt(unix, zone);
          const wall = isoOfUnix(unix + offset).slice(0, 19);
          const hours = String(Math.floor(Math.abs(offset) / 3600)).padStart(2, '0');
          const minutes = String((Math.abs(offset) / 60) % 60).padStart(2, '0');
          const text = `${wall.slice(0, 10).replaceAll('-', mark)} ${wall.slice(11)} (GMT${offset < 0 ? '-' : '+'}${hours}:${minutes})`;
          // The zone of the profile must not matter where an offset is written.
          expect(instant(text, 'Pacific/Auckland')).toBe(isoOfUnix(unix));
        },
      ),
    );
  });

  test('without an offset take that of the nearest sibling that has one', () => {
    const siblings = [
      { wall: unixOfIso('2026-03-08T01:50:00Z'), offset: -5 * 3600 },
      { wall: unixOfIso('2026-03-08T04:10:00Z'), offset: -4 * 3600 },
      { wall: unixOfIso('2026-03-08T04:00:00Z'), offset: null },
    ];
    const late = { wall: unixOfIso('2026-03-08T04:00:00Z'), offset: null };
    const early = { wall: unixOfIso('2026-03-08T01:55:00Z'), offset: null };
    expect(isoOfUnix(resolveTime(late, siblings, 'Asia/Shanghai'))).toBe('2026-03-08T08:00:00Z');
    expect(isoOfUnix(resolveTime(early, siblings, 'Asia/Shanghai'))).toBe('2026-03-08T06:55:00Z');
  });

  test('in CST, which China and America both have, are times of the siblings, else of the zone', () => {
    const time = readTime('2022.12.23 11:17:00 (CST)')!;
    expect(isoOfUnix(resolveTime(time, [], 'America/Chicago'))).toBe('2022-12-23T17:17:00Z');
    const siblings = [{ wall: time.wall, offset: 8 * 3600 }];
    expect(isoOfUnix(resolveTime(time, siblings, 'America/Chicago'))).toBe('2022-12-23T03:17:00Z');
  });

  test.each([
    ['2022年7月1日 上午', '2022-07-01'],
    ['on 2022-07-21 at noon', '2022-07-21'],
    ['2022.07.21 25:99', '2022-07-21'],
    ['at noon', null],
    ['12022-07-213', null],
  ])('name a day where they are no times: %j', (text, day) => {
    expect(dayNamedIn(text)).toBe(day);
  });

  test('without an offset and without siblings are times of the zone', () => {
    expect(instant('2022.12.23 11:17:00', 'America/New_York')).toBe('2022-12-23T16:17:00Z');
    expect(instant('2022.07.23 11:17:00', 'America/New_York')).toBe('2022-07-23T15:17:00Z');
  });
});

describe('other cells', () => {
  test.each([
    ['duration', '01:00:00', 3600],
    ['duration', '1:00:00', 3600],
    ['duration', '00:01:52', 112],
    ['duration', '49:00:01', 176_401],
    ['duration', '０１：００：００', 3600],
    ['integer', '2', 2],
    ['integer', ' 12 ', 12],
    ['integer', '1,234', 1234],
    ['integer', '2.0', 2],
    ['integer', '2147483647', 2_147_483_647],
    ['boolean', '是', true],
    ['boolean', '否', false],
    ['boolean', 'Yes', true],
    ['boolean', 'no', false],
    ['boolean', 'TRUE', true],
    ['boolean', 'false', false],
    ['kbps', '50kbps', 50],
    ['kbps', '50 Kbps', 50],
    ['kbps', '1,200kbps', 1200],
    ['ms', '5ms', 5],
    ['ms', '5', 5],
    ['pct', '0.8%', 0.8],
    ['pct', '2％', 2],
    ['db', '-6dB', -6],
    ['db', '−6dB', -6],
    ['db', '-0dB', 0],
    ['fps', '24fps', 24],
    ['text', ' WINDOWS ', ' WINDOWS '],
    ['text', '已释放（手动释放）', '已释放（手动释放）'],
    ['id', ' 007 ', '007'],
    ['id', '1 2', '1 2'],
    ['meeting_no', ' 123 456 789 ', '123456789'],
    ['meeting_no', '１２３\u00a0４５６\u3000７８９', '123456789'],
    ['meeting_no', ' vc 12 ', 'vc 12'],
    ['name', '  - weekly -  ', '  - weekly -  '],
    ['ms', '-0ms', 0],
    ['text', '—', '—'],
    ['json', '[{"b":1,"a":2},{"a":1}]', '[{"a":1},{"a":2,"b":1}]'],
    ['name', '-', '-'],
    ['name', '--', '--'],
    ['name', '  ', '  '],
  ] as const)('%s %j is %j', (kind, text, value) => {
    expect(readCell(kind, text)).toStrictEqual({ value });
  });

  test.each([
    ['duration', '12:30'],
    ['duration', '00:60:00'],
    ['duration', '112'],
    ['duration', '-01:00:00'],
    ['integer', '-3'],
    ['integer', '2.5'],
    ['integer', '12,34'],
    ['integer', '2147483648'],
    ['integer', '99999999999'],
    ['boolean', '1'],
    ['boolean', 'maybe'],
    ['kbps', '1.5Mbps'],
    ['kbps', '50ms'],
    ['ms', '5s'],
    ['ms', '<1ms'],
    ['ms', '1.2.3ms'],
    ['ms', '12,34ms'],
    ['pct', 'NaN'],
    ['fps', 'fps'],
    ['kbps', '-1kbps'],
    ['ms', '-1ms'],
    ['pct', '−1%'],
    ['fps', '-1'],
    ['json', '{"a":'],
  ] as const)('%s %j is unparsed, with its text', (kind, text) => {
    expect(readCell(kind, text)).toStrictEqual({ unparsed: text });
  });

  test.each([null, '', ' ', '\u3000', '-', '--', ' - ', '\u00a0--\t'])('%j is NULL in every kind but names', (text) => {
    expect(NOT_NAMES.map((kind) => readCell(kind, text))).toStrictEqual(NOT_NAMES.map(() => ({ value: null })));
  });

  test.each(['—', ' —— ', '–', 'N/A', 'n/a', 'NULL', 'None', 'undefined', '无', '空', '暂无', '/', '－'])(
    '%j is no id',
    (text) => {
      expect(readCell('id', text)).toStrictEqual({ value: null });
    },
  );

  test('an id that looks like a word for none stays one', () => {
    for (const id of ['na', 'nan', 'no', '0', '无名', 'n/a1']) expect(readCell('id', id)).toStrictEqual({ value: id });
  });

  test('a name is NULL only where no character stands', () => {
    expect(readCell('name', null)).toStrictEqual({ value: null });
    expect(readCell('name', '')).toStrictEqual({ value: null });
  });

  test('durations come back from HH:mm:ss, padded or not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_600_000 }), fc.boolean(), (seconds, padded) => {
        const hours = Math.floor(seconds / 3600);
        const text = `${padded ? two(hours) : hours}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
        expect(readCell('duration', text)).toStrictEqual({ value: seconds });
      }),
    );
  });

  test('any text is a value or unparsed to the letter, never lost', () => {
    const marker = /^\s*-{0,2}\s*$/;
    const noId = /^\s*(-{0,2}|[—–―/无空]|——|暂无|n\/a|null|none|undefined)\s*$/i;
    const kept = fc.property(fc.constantFrom('name', ...NOT_NAMES), fc.string({ unit: 'grapheme' }), (kind, text) => {
      const parsed = readCell(kind, text);
      if ('unparsed' in parsed) return parsed.unparsed === text;
      if (parsed.value === null) return (kind === 'id' ? noId : marker).test(text.normalize('NFKC'));
      if (typeof parsed.value === 'string') return parsed.value === (kind === 'id' ? text.trim() : text);
      return Number.isFinite(Number(parsed.value));
    });
    expect(fc.check(kept)).toMatchObject({ failed: false });
  });
});
