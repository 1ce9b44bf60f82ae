import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { serialToIso } from '../sheets/index.ts';

it.each([
  ['44763.4594907407', '2022-07-21T11:01:40'],
  ['1', '1900-01-01T00:00:00'],
  ['59', '1900-02-28T00:00:00'],
  ['61', '1900-03-01T00:00:00'],
  ['44763.000005787', '2022-07-21T00:00:00.500'],
  ['2958465.99998843', '9999-12-31T23:59:59'],
  ['60', null],
  ['60.5', null],
  ['0.5', null],
  ['-1', null],
  ['2958466', null],
  ['', null],
  [' ', null],
  ['2022-07-21', null],
])('reads serial %s as %s', (serial, expected) => {
  expect(serialToIso(serial)).toBe(expected);
});

it('counts from 1904 where the workbook says so', () => {
  expect(serialToIso(0, { date1904: true })).toBe('1904-01-01T00:00:00');
  expect(serialToIso('43301.5', { date1904: true })).toBe('2022-07-21T12:00:00');
});

it('gives every second back that was made into a serial number', () => {
  const first = Date.UTC(1900, 2, 1) / 1000;
  const last = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;
  fc.assert(
    fc.property(fc.integer({ min: first, max: last }), (seconds) => {
      const serial = seconds / 86_400 + 25_569;
      expect(serialToIso(serial)).toBe(new Date(seconds * 1000).toISOString().slice(0, 19));
    }),
  );
});
