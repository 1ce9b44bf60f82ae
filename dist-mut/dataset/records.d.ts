import { z } from 'zod';
import type { FileStore } from '../store/file-store.ts';
import { type StageLocation, type StageResource, type UnitLocation } from './storage-keys.ts';
declare const rawFile: z.ZodObject<{
    key: z.ZodString;
    bytes: z.ZodNumber;
    sha256: z.ZodString;
}, z.core.$strip>;
export type RawFile = z.infer<typeof rawFile>;
declare const unitRecord: z.ZodObject<{
    status: z.ZodEnum<{
        done: "done";
        empty: "empty";
        failed: "failed";
        pending: "pending";
        skipped: "skipped";
    }>;
    reason: z.ZodNullable<z.ZodString>;
    asked_at: z.ZodNumber;
    generation: z.ZodNumber;
    version: z.ZodLiteral<1>;
    resource: z.ZodPipe<z.ZodString, z.ZodTransform<"meeting_list" | "participant_list" | "participant_quality_list" | "resource_reservation_list" | "rooms", string>>;
    unit: z.ZodString;
    via: z.ZodEnum<{
        export: "export";
        list: "list";
    }>;
    request: z.ZodRecord<z.ZodString, z.ZodUnknown>;
    files: z.ZodArray<z.ZodObject<{
        key: z.ZodString;
        bytes: z.ZodNumber;
        sha256: z.ZodString;
    }, z.core.$strip>>;
    rows: z.ZodNumber;
    pages: z.ZodNumber;
    task_id: z.ZodNullable<z.ZodString>;
    unknown_creates: z.ZodNumber;
    calls: z.ZodRecord<z.ZodString, z.ZodNumber>;
    settles_after: z.ZodNullable<z.ZodNumber>;
    later: z.ZodNullable<z.ZodObject<{
        status: z.ZodEnum<{
            done: "done";
            empty: "empty";
            failed: "failed";
            pending: "pending";
            skipped: "skipped";
        }>;
        reason: z.ZodNullable<z.ZodString>;
        asked_at: z.ZodNumber;
        generation: z.ZodNumber;
    }, z.core.$strip>>;
}, z.core.$strip>;
export type UnitRecord = z.infer<typeof unitRecord>;
/** What a unit's last ask came to, the kept rows of an earlier one aside. */
export declare function lastAnswer(record: UnitRecord): Pick<UnitRecord, 'status' | 'reason' | 'asked_at' | 'generation'>;
export declare function readRecord(store: FileStore, location: UnitLocation): Promise<UnitRecord | null>;
export declare function readRecordAt(store: FileStore, key: string): Promise<UnitRecord | null>;
/**
 * Writes a unit's record. A record of a later run stays. Rows that are known stay too when the new answer has none: the
 * new answer is then noted beside them.
 */
export declare function writeRecord(store: FileStore, location: UnitLocation, record: UnitRecord): Promise<void>;
/** Every record of a place's resource. */
export declare function recordsOf(store: FileStore, location: StageLocation, resource: StageResource): AsyncGenerator<UnitRecord, void, undefined>;
/** Keeps an answer's bytes as received, compressed. `sha256` is that of the stored file. */
export declare function putJsonGz(store: FileStore, key: string, bytes: Uint8Array | string): Promise<RawFile>;
export declare function readJsonGz(store: FileStore, key: string): Promise<unknown>;
export declare function writeIndex(store: FileStore, key: string, records: UnitRecord[]): Promise<RawFile>;
export declare function readIndex(store: FileStore, key: string): Promise<UnitRecord[]>;
/** Calls by endpoint, of all of them together. */
export declare function sumOfCalls(records: UnitRecord[]): Record<string, number>;
export {};
