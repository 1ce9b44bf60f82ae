import type { FaultRule } from './faults.ts';
import type { Table } from './layouts.ts';
export interface SheetInput {
    table: Table;
    language: 'zh' | 'en';
    nullMarker: string;
    fault: FaultRule | undefined;
}
export declare function buildSheet({ table, language, nullMarker, fault }: SheetInput): Promise<Buffer>;
