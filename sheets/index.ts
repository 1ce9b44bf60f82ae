export { serialToIso } from './dates.ts';
export { UnreadableFileError } from './errors.ts';
export { DEFAULT_LIMITS, limitReadings, type Limits } from './limits.ts';
export { readingUntil } from './reading.ts';
export { describeWorkbook, readSheet, readSheets } from './read-sheet.ts';
export type { SheetRow } from './row-builder.ts';
export { TooManyRowsError, writeSheet, writeTextSheets, type SheetCell } from './write-sheet.ts';
export { TooLargeError } from './zip-writer.ts';
