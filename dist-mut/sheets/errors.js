/**
 * The file is not a workbook that can be read completely. Thrown by everything in this folder; rows that were already
 * handed out belong to a broken file and are to be dropped. Never carries cell contents.
 */
export class UnreadableFileError extends Error {
    name = 'UnreadableFileError';
    code;
    /** The part inside the zip and, where known, the cell or the byte offset in the inflated part. */
    where;
    constructor(input) {
        super(`${input.message} (${input.where})`, input.cause === undefined ? undefined : { cause: input.cause });
        this.code = input.code;
        this.where = input.where;
    }
}
//# sourceMappingURL=errors.js.map