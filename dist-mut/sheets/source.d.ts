/** Random access to the bytes of one file, on disk or in memory. */
export interface ByteSource {
    readonly size: number;
    /** Exactly `length` bytes from `position`; a range outside the file is `truncated`. */
    read(position: number, length: number): Promise<Buffer>;
    close(): Promise<void>;
}
/** @throws the file system's own error where the path cannot be opened. */
export declare function openSource(source: string | Uint8Array): Promise<ByteSource>;
