import type { WrittenFile } from './file-io.ts';
import type { FileStore } from './file-store.ts';
export interface FileToCommit {
    /** A finished file on the store's disk, from `FileStore.tempPath`. */
    tempPath: string;
    key: string;
    /** Lower-case hex. With it, a temporary file that an earlier, interrupted try moved into place already is no failure. */
    sha256?: string;
}
export interface CommitInput<Manifest> {
    /** Commits with the same lock key never overlap, in any process; one key for all that write one manifest. */
    lockKey: string;
    files: readonly FileToCommit[];
    manifestKey: string;
    /**
     * Gets the manifest that is in force (`null` for none; not checked, it is whatever JSON stands there) and gives the one
     * that takes its place, or `superseded` where this commit comes too late. Runs under the lock: keep it short.
     */
    buildManifest: (previous: unknown) => Manifest | 'superseded' | Promise<Manifest | 'superseded'>;
}
export type CommitResult<Manifest> = {
    status: 'committed';
    manifest: Manifest;
    uri: string;
    file: WrittenFile;
} | {
    status: 'superseded';
};
/**
 * Puts a set of files and the manifest that names them in force: under a lock, data files first, manifest last.
 *
 * A crash before the manifest leaves the old manifest, whose hashes tell which files were replaced already (`tornFiles`);
 * a crash after it leaves the new one. Running the same commit again, or one with the files written anew, repairs it.
 * On failure the temporary files that were not moved stay, for that second run; `sweep` removes them in the end. A
 * superseded commit removes them itself and changes nothing.
 */
export declare function commitFiles<Manifest extends object>(store: FileStore, input: CommitInput<Manifest>): Promise<CommitResult<Manifest>>;
/**
 * Those of a manifest's files that are absent or hold other bytes than the manifest names: the sign of a commit that was
 * interrupted, or of a file that was changed from outside. Reads every file.
 */
export declare function tornFiles(store: FileStore, files: readonly {
    key: string;
    sha256: string;
}[]): Promise<string[]>;
