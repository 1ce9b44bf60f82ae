import { z } from 'zod';
import type { FileStore } from '../store/file-store.ts';
import type { TableName } from '../tables/columns.ts';
import type { UnitStatus } from '../model/units.ts';
/** Raised when a column's meaning changes; a reader can tell which rules a file was made by. */
export declare const SCHEMA_VERSION = 1;
export interface TableGap {
    table: TableName;
    reason: string;
    count: number;
}
declare const run: z.ZodObject<{
    generation: z.ZodNumber;
    user_id_type: z.ZodString;
    listing: z.ZodEnum<{
        export: "export";
        list: "list";
    }>;
    source: z.ZodEnum<{
        both: "both";
        export: "export";
        list: "list";
    }>;
    room_level_id: z.ZodNullable<z.ZodString>;
    from: z.ZodNumber;
    to: z.ZodNumber;
    ask_until: z.ZodNumber;
    asked_at: z.ZodNumber;
    stage: z.ZodObject<{
        key: z.ZodString;
        sha256: z.ZodString;
    }, z.core.$strip>;
}, z.core.$strip>;
/** How a table of the day was asked for; a rebuild reads it. */
export type TableRun = z.infer<typeof run>;
declare const table: z.ZodObject<{
    key: z.ZodString;
    rows: z.ZodNumber;
    bytes: z.ZodNumber;
    sha256: z.ZodString;
    rows_hash: z.ZodString;
    unparsed_rows: z.ZodNumber;
    extra_columns: z.ZodArray<z.ZodString>;
    missing_columns: z.ZodArray<z.ZodString>;
    run: z.ZodObject<{
        generation: z.ZodNumber;
        user_id_type: z.ZodString;
        listing: z.ZodEnum<{
            export: "export";
            list: "list";
        }>;
        source: z.ZodEnum<{
            both: "both";
            export: "export";
            list: "list";
        }>;
        room_level_id: z.ZodNullable<z.ZodString>;
        from: z.ZodNumber;
        to: z.ZodNumber;
        ask_until: z.ZodNumber;
        asked_at: z.ZodNumber;
        stage: z.ZodObject<{
            key: z.ZodString;
            sha256: z.ZodString;
        }, z.core.$strip>;
    }, z.core.$strip>;
}, z.core.$strip>;
export type ManifestTable = z.infer<typeof table>;
declare const restatement: z.ZodObject<{
    table: z.ZodString;
    generation: z.ZodNumber;
    at: z.ZodString;
    before: z.ZodString;
    added: z.ZodNumber;
    removed: z.ZodNumber;
    changed: z.ZodNumber;
}, z.core.$strip>;
export type Restatement = z.infer<typeof restatement>;
declare const manifest: z.ZodObject<{
    version: z.ZodLiteral<1>;
    product: z.ZodString;
    profile: z.ZodString;
    day: z.ZodString;
    time_zone: z.ZodString;
    api_host: z.ZodString;
    generation: z.ZodNumber;
    committed_at: z.ZodString;
    complete: z.ZodBoolean;
    sealed: z.ZodBoolean;
    tables: z.ZodRecord<z.ZodString, z.ZodObject<{
        key: z.ZodString;
        rows: z.ZodNumber;
        bytes: z.ZodNumber;
        sha256: z.ZodString;
        rows_hash: z.ZodString;
        unparsed_rows: z.ZodNumber;
        extra_columns: z.ZodArray<z.ZodString>;
        missing_columns: z.ZodArray<z.ZodString>;
        run: z.ZodObject<{
            generation: z.ZodNumber;
            user_id_type: z.ZodString;
            listing: z.ZodEnum<{
                export: "export";
                list: "list";
            }>;
            source: z.ZodEnum<{
                both: "both";
                export: "export";
                list: "list";
            }>;
            room_level_id: z.ZodNullable<z.ZodString>;
            from: z.ZodNumber;
            to: z.ZodNumber;
            ask_until: z.ZodNumber;
            asked_at: z.ZodNumber;
            stage: z.ZodObject<{
                key: z.ZodString;
                sha256: z.ZodString;
            }, z.core.$strip>;
        }, z.core.$strip>;
    }, z.core.$strip>>;
    units: z.ZodRecord<z.ZodString, z.ZodNumber>;
    gaps: z.ZodArray<z.ZodObject<{
        table: z.ZodString;
        reason: z.ZodString;
        count: z.ZodNumber;
    }, z.core.$strip>>;
    calls: z.ZodRecord<z.ZodString, z.ZodNumber>;
    unknown_creates: z.ZodNumber;
    reconciliation: z.ZodRecord<z.ZodString, z.ZodNullable<z.ZodNumber>>;
    restatements: z.ZodArray<z.ZodObject<{
        table: z.ZodString;
        generation: z.ZodNumber;
        at: z.ZodString;
        before: z.ZodString;
        added: z.ZodNumber;
        removed: z.ZodNumber;
        changed: z.ZodNumber;
    }, z.core.$strip>>;
}, z.core.$strip>;
export type Manifest = Omit<z.infer<typeof manifest>, 'tables' | 'gaps' | 'units'> & {
    tables: Partial<Record<TableName, ManifestTable>>;
    gaps: TableGap[];
    units: Partial<Record<UnitStatus, number>>;
};
/** @throws z.ZodError where the file is none of this product's manifests */
export declare function parseManifest(value: unknown): Manifest;
export declare function readManifest(store: FileStore, location: {
    profile: string;
    day: string;
}): Promise<Manifest | null>;
export declare function findManifest(store: FileStore, location: {
    profile: string;
    day: string;
}): Promise<{
    manifest: Manifest;
    key: string;
    sha256: string;
} | null>;
/** One entry for each table and reason. */
export declare class Gaps {
    #private;
    /** A log id is that of one call and would keep equal gaps apart; the unit that it belongs to keeps it. */
    add(tableName: TableName, words: string, count?: number): void;
    list(): TableGap[];
}
export {};
