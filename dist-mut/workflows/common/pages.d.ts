/**
 * One paged list of Feishu, read to its end. Each page is one activity, kept as received; the last one writes the
 * unit's record. Paging that cannot end is a failure of the unit, not an endless loop.
 */
import type { UnitStatus } from '../../model/units.ts';
import type { ListQuery, ListResource, UnitLocation } from '../../activities/index.ts';
import type { ApiCalls } from './api-calls.ts';
export interface ListJob {
    profile: string;
    list: ListResource;
    query: ListQuery;
    location: UnitLocation;
    /** End of what is asked about, unix seconds: until some hours after it, "no data" may mean "not yet". */
    settlesAfter: number | null;
}
export interface UnitOutcome {
    status: UnitStatus;
    reason: string | null;
    rows: number;
    pages: number;
    calls: number;
}
/** @throws what concerns the whole run (credentials, rights, the store); anything else becomes the unit's status */
export declare function fetchPages(job: ListJob, calls: ApiCalls): Promise<UnitOutcome>;
