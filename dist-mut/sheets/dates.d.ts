/**
 * The date and time of a serial number, as a date cell holds it: `2022-07-21T11:01:40`, with `.SSS` where there are
 * milliseconds. It is a wall clock without a zone.
 *
 * @param serial the cell's text, or the number.
 * @param options.date1904 which of the two date systems the workbook uses (`describeWorkbook`).
 * @returns null for what is no date: not a number, before 1900-01-01, after 9999, or 1900-02-29, which never was.
 */
export declare function serialToIso(serial: string | number, options?: {
    date1904?: boolean;
}): string | null;
