/** Rows of the table `quality_minutes`: one session, from the list, the export or both. */
import type { Quality } from '../feishu/contract.ts';
import type { Row } from './columns.ts';
import type { ReadContext, SourceRecord } from './records.ts';
/** The session that was asked for, as the request names it; instants in unix seconds. */
type QualityIdentity = {
    meeting_no: string;
    meeting_start_time: number;
    join_time: number;
} & ({
    user_id: string;
} | {
    room_id: string;
});
export interface QualityRowsInput {
    identity: QualityIdentity;
    /** Elements of L3, all pages in their order. Absent: the list was not asked. */
    list?: Iterable<Quality>;
    /** Records of the exported sheet. Absent: no export was made. */
    exported?: Iterable<SourceRecord>;
}
/**
 * One row for each minute, in the order of time; minutes that a source has twice are numbered by `ordinal`, and the
 * first of the list goes with the first of the export.
 *
 * Where both have a value the list's stands, so that a run of both sources and one of the list alone, the default,
 * agree; the export's is named in `conflicts`: `{"audio_jitter_ms_sent":{"list":4,"export":5}}`.
 */
export declare function qualityRows({ identity, list, exported }: QualityRowsInput, context: ReadContext): Row[];
export {};
