import type { FileStore } from '../store/file-store.ts';
import type { Manifest, Restatement, TableGap, TableRun } from './manifest.ts';
import type { TableFile } from './table-files.ts';
/** Compares the files in place with those about to take it; a file that is missing or torn has nothing to compare. */
export declare function restatementsOf(store: FileStore, known: Manifest | null, files: TableFile[]): Promise<Restatement[]>;
/** Sealed: everything there was asked again after it had settled, came back the same, and has no gap. */
export declare function isSealed(known: Manifest | null, files: TableFile[], { run, gaps }: {
    run: TableRun;
    gaps: TableGap[];
}): boolean;
