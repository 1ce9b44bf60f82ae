import { UnreadableFileError, type UnreadableCode } from './errors.ts';
import type { Limits } from './limits.ts';
import type { ByteSource } from './source.ts';
/** One file in the archive, as its central directory describes it. */
export interface ZipEntry {
    name: string;
    method: 'stored' | 'deflate';
    crc: number;
    packedSize: number;
    size: number;
    /** Position of the entry's local header in the file. */
    headerPosition: number;
}
/** The archive's entries by lower-case name: part names are equal whatever their case. */
export type ZipDirectory = ReadonlyMap<string, ZipEntry>;
export declare const LOCAL_SIGNATURE = 67324752;
export declare const LOCAL_SIZE = 30;
/** Encrypted, "compressed patched data", strong encryption, masked directory. */
export declare const ENCRYPTED_FLAGS: number;
/** Reads and checks the central directory. @throws UnreadableFileError */
export declare function readDirectory(source: ByteSource, limits: Limits): Promise<ZipDirectory>;
/** The name as compared and reported: `/` between folders, whatever the writer's system puts there. */
export declare function entryName(bytes: Buffer, flags: number): string;
export declare function zipError(code: UnreadableCode, message: string, where?: string): UnreadableFileError;
