import type { TableName } from './columns.ts';
type Part = string | number | null;
/** Who a session belongs to. The name serves only where there is no id: guests, phone callers, rooms in the XLSX file. */
export type SessionId = {
    user_id: string;
} | {
    room_id: string;
} | {
    participant_name: string | null;
};
/** Meeting numbers are reused, number and start are not. `startUnix` is null where the start could not be read. */
export declare function meetingKey(meetingNo: string | null, startUnix: number | null): string;
/** Rows that share it are one unit of work and are asked about once. The kind of id is part of the hash. */
export declare function sessionKey(meeting: string, id: SessionId, joinUnix: number | null): string;
/** `key`: the values of the table's key columns in their order, instants as in the row. */
export declare function rowKey(table: TableName, key: readonly Part[], ordinal: number): string;
/** Numbers rows whose keys are equal: 1, 2, … in the order in which they are asked. One instance for one table. */
export declare class Ordinals {
    #private;
    next(...key: readonly Part[]): number;
}
export {};
