/** Rows as the list APIs show them. Missing values are absent fields. */
import type { UserIdType } from '../feishu/contract.ts';
import type { SeenMeeting, SeenParticipant } from './queries.ts';
import type { TrueQualityMinute, TrueReservation } from './truth.ts';
import type { Zone } from './zone.ts';
type JsonObject = Record<string, unknown>;
export interface ListFormat {
    zone: Zone;
    userIdType: UserIdType;
}
export declare function meetingInfo(meeting: SeenMeeting, { zone, userIdType }: ListFormat): JsonObject;
export declare function participant(row: SeenParticipant, { zone, userIdType }: ListFormat): JsonObject;
interface QualityFormat {
    zone: Zone;
    /** Each element then carries the CPU figures of the minute after its own. */
    lateCpu: boolean;
}
export declare function qualityElements(minutes: TrueQualityMinute[], { zone, lateCpu }: QualityFormat): JsonObject[];
interface ReservationFormat {
    zone: Zone;
    needTopic: boolean;
}
export declare function reservation(row: TrueReservation, { zone, needTopic }: ReservationFormat): JsonObject;
export {};
