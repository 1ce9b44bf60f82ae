/**
 * The columns of every table, in order, with what each is read from: the header of the XLSX file (Chinese, English)
 * and the field of the list API. This is the one place to change a column; headers, records and rows follow from it.
 *
 * Headers are those of Feishu's export overview, English labels those of Lark's. List fields are those of L1 to L4
 * (feishu/contract.ts); in L3 they are `group.field`.
 */
import type { ExportResource } from '../feishu/contract.ts';
export type TableName = 'meetings' | 'participants' | 'quality_minutes' | 'reservations' | 'units';
type ColumnType = 'text' | 'integer' | 'double' | 'boolean' | 'timestamp' | 'json';
/** One table row by column name. `timestamp`: `YYYY-MM-DDTHH:mm:ssZ`; `json`: JSON text; `integer`: 32 bits, signed. */
export type Row = Record<string, string | number | boolean | null>;
/**
 * How a source text is read.
 * - `name`: topics and names. Kept to the letter; only a cell with no character at all is NULL, since `-` may be a topic.
 * - `text`: kept to the letter; white space, `-` and `--` are NULL. Enum values of Feishu are of this kind.
 * - `id`: as `text`, without the white space around it. Ids, numbers that are text, addresses.
 * - `duration`: `HH:mm:ss` to seconds. `kbps`, `ms`, `pct`, `db`, `fps`: a number with that unit or none.
 */
export type CellKind = 'name' | 'text' | 'id' | 'integer' | 'duration' | 'boolean' | 'timestamp' | 'kbps' | 'ms' | 'pct' | 'db' | 'fps';
interface ColumnSource {
    cell: CellKind;
    /** Headers in the XLSX file, the documented one first. Absent where only the list API has the column. */
    zh?: readonly string[];
    en?: readonly string[];
    /** Field of the list API. Absent where only the file has the column. */
    list?: string;
    /** The file is refused without this header: it feeds a key, or the next request is made of it. */
    required?: true;
}
interface Column {
    name: string;
    type: ColumnType;
    /** Absent in columns that come from the request, from the keys or from the merge. */
    source?: ColumnSource;
}
export interface TableDefinition {
    name: TableName;
    /** Columns that `row_key` is a hash of, besides `ordinal`. */
    key: readonly string[];
    /** Every column, in order. */
    columns: readonly Column[];
}
export declare const TABLES: Record<TableName, TableDefinition>;
/** The table that an export's file and its list twin become. */
export declare const TABLE_OF_RESOURCE: Record<ExportResource, TableName>;
export type SourceColumn = Column & {
    source: ColumnSource;
};
/** Columns that are read from a file or a list, in table order. */
export declare function sourceColumns(resource: ExportResource): SourceColumn[];
export {};
