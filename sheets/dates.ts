const DAY_MS = 86_400_000;
/** Serial 1 is 1900-01-01 in a calendar that has a 1900-02-29; from March 1900 on, day 0 is this one. */
const EPOCH_1900_MS = Date.UTC(1899, 11, 30);
const EPOCH_1904_MS = Date.UTC(1904, 0, 1);
/** 10000-01-01: the format ends before it. */
const END_MS = Date.UTC(10_000, 0, 1);
const PHANTOM_DAY = 60;

/**
 * The date and time of a serial number, as a date cell holds it: `2022-07-21T11:01:40`, with `.SSS` where there are
 * milliseconds. It is a wall clock without a zone.
 *
 * @param serial the cell's text, or the number.
 * @param options.date1904 which of the two date systems the workbook uses (`describeWorkbook`).
 * @returns null for what is no date: not a number, before 1900-01-01, after 9999, or 1900-02-29, which never was.
 */
export function serialToIso(serial: string | number, options: { date1904?: boolean } = {}): string | null {
  const days = typeof serial === 'number' ? serial : /^\s*$/.test(serial) ? NaN : Number(serial);
  if (!Number.isFinite(days) || days < 0) return null;
  let epoch = EPOCH_1904_MS;
  if (options.date1904 !== true) {
    if (days < 1 || (days >= PHANTOM_DAY && days < PHANTOM_DAY + 1)) return null;
    epoch = days < PHANTOM_DAY ? EPOCH_1900_MS + DAY_MS : EPOCH_1900_MS;
  }
  // A day's fraction in a double is good to a fraction of a millisecond, not to the whole one.
  const time = epoch + Math.round(days * DAY_MS);
  return time < END_MS ? new Date(time).toISOString().replace(/(?:\.000)?Z$/, '') : null;
}

/**
 * The serial number of a wall clock, `2022-07-21T11:01:40`; what stands behind the seconds does not count.
 *
 * @returns null for what is no date that every program reads alike: before March 1900 they differ by a day.
 */
export function isoToSerial(iso: string): number | null {
  const wallClock = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.exec(iso)?.[0];
  const time = wallClock === undefined ? Number.NaN : Date.parse(`${wallClock}Z`);
  const serial = (time - EPOCH_1900_MS) / DAY_MS;
  return serial >= PHANTOM_DAY + 1 ? serial : null;
}
