import { z } from 'zod';
import type { ExportResource, ExportTask, MeetingListPage, ParticipantListPage, ParticipantQualityPage, ReservationListPage, RoomLevelsPage, RoomsPage } from './contract.ts';
/** The page type of each list, by the name of its resource. */
export interface ListPages {
    meeting_list: MeetingListPage;
    participant_list: ParticipantListPage;
    participant_quality_list: ParticipantQualityPage;
    resource_reservation_list: ReservationListPage;
}
export declare const LIST_PAGE: {
    [R in ExportResource]: z.ZodType<ListPages[R]>;
};
export declare const ROOM_LEVELS_PAGE: z.ZodType<RoomLevelsPage>;
export declare const ROOMS_PAGE: z.ZodType<RoomsPage>;
export declare const CREATED: z.ZodType<{
    task_id: string;
}>;
export declare const EXPORT_TASK: z.ZodType<ExportTask>;
/** A1 puts its payload at the top level. `expire`: seconds of remaining life. */
export declare const TENANT_TOKEN: z.ZodObject<{
    tenant_access_token: z.ZodString;
    expire: z.ZodNumber;
}, z.core.$loose>;
/** One text for each wrong field, by path, without its value; at most five. */
export declare function problemsIn(error: z.ZodError, at: string): string[];
