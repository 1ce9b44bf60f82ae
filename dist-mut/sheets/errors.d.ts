/**
 * Why a file cannot be read. Everything here is a property of the bytes, so reading the same bytes again fails the same way.
 *
 * - `not-a-zip`: no zip structure at all (an error page, an old binary .xls).
 * - `truncated`: the file or one of its parts ends too early.
 * - `bad-zip`: the zip's own records contradict each other, or a length lies.
 * - `bad-crc`: a part's bytes are not the ones its checksum was made from.
 * - `encrypted`: a password-protected workbook or zip entry.
 * - `unsupported-method`: a compression method other than stored and deflate.
 * - `dtd`: a part declares a document type; entity expansion is never wanted here.
 * - `bad-xml`: a part is not well-formed, or not shaped as a workbook part is.
 * - `bad-utf8`: a part is in another encoding or has bytes that are no characters.
 * - `bad-reference`: a cell or row reference that is no cell, is out of order or is taken twice.
 * - `bad-value`: a cell whose type and value do not fit together.
 * - `string-index`: a cell points at a shared string that does not exist.
 * - `duplicate-part`: two parts claim one name or one role.
 * - `missing-part`: a part that the workbook needs is not in the file.
 * - `path`: a part name that climbs out of the archive or is absolute.
 * - `too-large`: a limit of `Limits` is exceeded.
 */
export type UnreadableCode = 'not-a-zip' | 'truncated' | 'bad-zip' | 'bad-crc' | 'encrypted' | 'unsupported-method' | 'dtd' | 'bad-xml' | 'bad-utf8' | 'bad-reference' | 'bad-value' | 'string-index' | 'duplicate-part' | 'missing-part' | 'path' | 'too-large';
/**
 * The file is not a workbook that can be read completely. Thrown by everything in this folder; rows that were already
 * handed out belong to a broken file and are to be dropped. Never carries cell contents.
 */
export declare class UnreadableFileError extends Error {
    readonly name = "UnreadableFileError";
    readonly code: UnreadableCode;
    /** The part inside the zip and, where known, the cell or the byte offset in the inflated part. */
    readonly where: string;
    constructor(input: {
        code: UnreadableCode;
        where: string;
        message: string;
        cause?: unknown;
    });
}
