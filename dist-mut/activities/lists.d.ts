/** The paged lists: one page is one call, kept as received. */
import type { UnitStatus } from '../model/units.ts';
import { type ExportResource } from '../feishu/contract.ts';
import { type UnitLocation } from '../dataset/storage-keys.ts';
import type { CallDeps } from './deps.ts';
export type ListResource = ExportResource | 'rooms';
export type ListQuery = Record<string, string | number | boolean | string[] | undefined>;
export interface ListPageInput {
    profile: string;
    list: ListResource;
    query: ListQuery;
    location: UnitLocation;
    /** End of what is asked about, unix seconds; until some hours after it "no data" means "not yet". */
    settlesAfter: number | null;
    page: number;
    page_token: string | null;
    previous_sha256: string | null;
    rows_before: number;
    calls_before: number;
}
export type ListPage = {
    rows: number;
    calls: number;
} & ({
    status: 'more';
    page_token: string;
    sha256: string;
} | {
    status: UnitStatus;
    reason: string | null;
});
export declare function listActivities(deps: CallDeps): {
    /**
     * Fetches one page of L1 to L4 or R2 and keeps it; the last one writes the unit's record.
     * @throws ApplicationFailure `BrokenPaging` where a page repeats the one before
     */
    fetchListPage(input: ListPageInput): Promise<ListPage>;
};
/** "No data" soon after a meeting may mean that Feishu is not ready: pending, not empty. */
export declare function emptyStatus(deps: {
    settleHours: number;
}, askedAt: number, settlesAfter: number): 'pending' | 'empty';
