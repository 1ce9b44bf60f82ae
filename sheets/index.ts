export { serialToIso } from './dates.ts';
export { UnreadableFileError, type UnreadableCode } from './errors.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { describeWorkbook, readSheet, type ReadSheetOptions, type WorkbookDescription } from './read-sheet.ts';
export type { SheetRow } from './row-builder.ts';
