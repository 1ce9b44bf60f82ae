import { DuckDBInstance } from '@duckdb/node-api';
import { StoreError } from './errors.js';
/**
 * Opens a DuckDB of its own, in memory. One thread: the order of rows and the bytes written do not vary, and the memory
 * needed is that of one row group. `memory_limit` holds for DuckDB's buffers only, not for the process. Nothing is spilled:
 * what needs more than that has to come in smaller pieces.
 */
export async function openDuckDb() {
    const instance = await DuckDBInstance.create(':memory:', {
        threads: '1',
        memory_limit: '192MB',
        temp_directory: '',
        // An extension would be fetched from the internet while data is written.
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    const close = () => {
        connection.closeSync();
        instance.closeSync();
    };
    return { connection, close };
}
export function quoteText(text) {
    return `'${text.replaceAll("'", "''")}'`;
}
export function quoteName(name) {
    return `"${name.replaceAll('"', '""')}"`;
}
/** A file to read: DuckDB takes `*`, `?` and `[` in it for patterns unless each stands in brackets. */
export function quotePathToRead(path) {
    return quoteText(path.replace(/[*?[]/g, '[$&]'));
}
const MEANINGS = [
    [
        /No space left|Disk quota/i,
        'unavailable',
        'the disk is full: free space there, or point DATA_URL at a larger disk',
    ],
    [
        /Permission denied|not permitted/i,
        'unavailable',
        'permission denied: give the user that runs this process access to it',
    ],
    [/Read-only file system/i, 'unavailable', 'the disk is mounted read-only: mount it writable'],
    [/Input\/output error/i, 'unavailable', 'the disk reports an I/O error: check the disk and its cable or volume'],
    [
        /Out of Memory|allocate/i,
        'unavailable',
        'DuckDB ran out of its memory: give the process more, or fewer things to do',
    ],
    [/No files found|No such file/i, 'not-found', 'there is no such file'],
];
/** What DuckDB threw, as a StoreError; `otherwise` is the code for messages that name no known trouble. */
export function fromDuckDb(error, attempt) {
    if (error instanceof StoreError || !(error instanceof Error))
        return error;
    const { action, path, otherwise } = attempt;
    const [, code, says] = MEANINGS.find(([pattern]) => pattern.test(error.message)) ?? [undefined, otherwise, undefined];
    const reason = says ?? error.message.split('\n', 1)[0] ?? '';
    return new StoreError(code, `Cannot ${action} ${path}: ${reason}.`, { cause: error, path });
}
//# sourceMappingURL=duckdb.js.map