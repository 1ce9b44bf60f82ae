import type { ExportResource, ExportTask, RoomLevelsPage, RoomsPage, UserIdType } from './contract.ts';
import type { Download } from './download.ts';
import type { CallEvents } from './http.ts';
import type { ListPages } from './schemas.ts';
import type { Query, TransportOptions } from './transport.ts';
export interface CallOptions extends CallEvents {
    token: string;
    /** Its reason is what the call rejects with; `onSent` tells whether the request was out by then. */
    signal?: AbortSignal;
}
export interface ListAnswer<P> {
    /** `data` of the answer, checked. Fields that are not documented are kept; null is absent. */
    page: P;
    /** The response body as received. */
    raw: Uint8Array;
}
/**
 * The Feishu calls that exports need, one HTTP call for each method call. Retries nothing, follows no redirect, paces nothing.
 * Every method rejects with a `FeishuError`, or with the reason of the caller's signal.
 */
export declare class FeishuClient {
    #private;
    constructor(o: TransportOptions);
    /** E1 to E4. Not idempotent: every request that Feishu handles makes a new task. */
    createExport(resource: ExportResource, body: Record<string, unknown>, query: {
        user_id_type?: UserIdType;
    }, call: CallOptions): Promise<{
        task_id: string;
    }>;
    /** E5. `file_token` is there whenever `status` is 3. */
    getExport(taskId: string, call: CallOptions): Promise<ExportTask>;
    /** E6. Resolves when the first bytes are those of an XLSX file. */
    downloadExport(fileToken: string, call: CallOptions): Promise<Download>;
    /** L1 to L4. One page; `page.page_token` is there whenever `page.has_more` is true. */
    list<R extends ExportResource>(resource: R, query: Query, call: CallOptions): Promise<ListAnswer<ListPages[R]>>;
    /** R1. */
    listRoomLevels(query: Query, call: CallOptions): Promise<ListAnswer<RoomLevelsPage>>;
    /** R2. */
    listRooms(query: Query, call: CallOptions): Promise<ListAnswer<RoomsPage>>;
    /**
     * A1. Feishu hands out the same token until half an hour of it is left, so `expireS`, its remaining life in seconds, is
     * usually below the documented 7,200.
     */
    tenantAccessToken(appId: string, appSecret: string, call?: CallEvents & {
        signal?: AbortSignal;
    }): Promise<{
        token: string;
        expireS: number;
    }>;
    /** Ends the calls in flight: they fail with kind `network`. */
    close(): Promise<void>;
}
