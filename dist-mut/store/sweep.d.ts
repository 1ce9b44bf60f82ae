export interface SweepResult {
    /** Temporary files and folders removed. */
    temporary: number;
    /** Released locks whose folder was removed. */
    locks: number;
}
/** See FileStore.sweep. An absent root has nothing to sweep. */
export declare function sweepStore(rootPath: string, olderThanMs: number): Promise<SweepResult>;
