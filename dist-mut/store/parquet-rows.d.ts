/**
 * How a column stands in Parquet and in a Row:
 *
 * - `text`: VARCHAR, string. Half surrogate pairs become U+FFFD.
 * - `integer`: INTEGER, a whole number from -2^31 to 2^31-1.
 * - `double`: DOUBLE, a finite number.
 * - `boolean`: BOOLEAN.
 * - `timestamp`: TIMESTAMP WITH TIME ZONE (microseconds, UTC), a string `YYYY-MM-DDTHH:mm:ssZ` with up to six decimals.
 * - `json`: VARCHAR, a string that is JSON text.
 */
export type ColumnType = 'text' | 'integer' | 'double' | 'boolean' | 'timestamp' | 'json';
export interface Column {
    name: string;
    type: ColumnType;
}
/** A column that a row lacks is NULL. */
export type Row = Record<string, string | number | boolean | null>;
export type SortKey = (string | number | boolean | null)[];
export interface EncodedRow {
    sortKey: SortKey;
    /** JSON object of the values that are not NULL, in the order of the columns. */
    line: string;
}
/** Turns rows into lines of canonical JSON with their sort key; throws StoreError `refused` for what does not fit. */
export declare class RowEncoder {
    #private;
    constructor(columns: readonly Column[], sortBy: readonly string[]);
    encode(row: Row): EncodedRow;
}
/** NULL last; rows with equal keys by their whole text, so that the order never depends on how they came. */
export declare function compareRows(a: EncodedRow, b: EncodedRow): number;
