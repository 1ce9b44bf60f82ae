/**
 * The rows of a day's tables, from the stage. The commit after a fetch and a rebuild without any call both come here,
 * so both give the same rows.
 */
import type { UnitStatus } from '../model/units.ts';
import type { Row, TableName } from '../tables/columns.ts';
import { Gaps } from './manifest.ts';
import { type QualitySource } from './pending-units.ts';
import { type Reconciliation } from './reconcile.ts';
import type { Stage, StageReader } from './stage.ts';
export interface DayRequest {
    /** Unix seconds: the day, and until when it was asked for. */
    from: number;
    to: number;
    ask_until: number;
    asked_at: number;
    source: QualitySource;
}
type Rows = Iterable<Row> | AsyncIterable<Row>;
/** Reads the stage table by table; what one table needs of another is read once. */
export declare class DayBuilder {
    #private;
    readonly gaps: Gaps;
    readonly units: Partial<Record<UnitStatus, number>>;
    /** Participant lists and reservation windows by what became of them. */
    readonly lists: Partial<Record<UnitStatus, number>>;
    /** Null until the participants were read. */
    reconciliation: Reconciliation | null;
    constructor(reader: StageReader, stage: Stage, request: DayRequest);
    rows(table: TableName): Promise<Rows>;
    meetings(): Promise<Row[]>;
    participants(): Promise<Row[]>;
    reservations(): Promise<Row[]>;
}
export {};
