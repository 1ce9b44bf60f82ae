export { serialToIso } from './dates.js';
export { UnreadableFileError } from './errors.js';
export { DEFAULT_LIMITS } from './limits.js';
export { describeWorkbook, readSheet } from './read-sheet.js';
//# sourceMappingURL=index.js.map