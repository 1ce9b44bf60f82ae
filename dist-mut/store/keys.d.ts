/** Files and folders that are being written. Readers never see them: `list` skips them, no glob for `*.parquet` matches. */
export declare const TEMP_PREFIX = ".tmp-";
/**
 * Makes any text from outside (a profile's name, an id, a workflow id) into one folder or file name: letters, digits, `_`,
 * `-` and inner dots stay, all else is percent-encoded as UTF-8, as Hive partition names are. Different texts give different
 * names. Longer than 120 characters, or with half a surrogate pair: cut, `~` and 32 hex characters of the text's SHA-256;
 * such a name cannot be decoded.
 */
export declare function encodeSegment(text: string): string;
/** The text that `encodeSegment` was given, or undefined where the name was cut or is not one of its names. */
export declare function decodeSegment(segment: string): string | undefined;
/**
 * Checks a key: a relative path with `/` between its segments, none of them empty, dotted at the start, with control
 * characters, a backslash or a colon, or longer than 255 bytes. Throws StoreError `refused`.
 */
export declare function checkKey(key: string): string;
