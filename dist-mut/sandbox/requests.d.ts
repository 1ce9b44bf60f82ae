/** From checked parameters to rows: what L1 to L4 and E1 to E4 have in common. */
import type { UserIdType } from '../feishu/contract.ts';
import type { Call } from './api.ts';
import type { Params } from './params.ts';
import type { Data, SeenMeeting, SeenParticipant } from './queries.ts';
import type { TrueMeeting, TrueParticipant, TrueReservation } from './truth.ts';
export declare function meetingRows(data: Data, call: Call, params: Params): {
    rows: SeenMeeting[];
    userIdType: UserIdType;
};
/** L2 and E2: the device-sessions of one meeting. */
export declare function participantRows(data: Data, call: Call, params: Params): {
    rows: SeenParticipant[];
    userIdType: UserIdType;
};
/** L3 and E3: one session of one ended meeting. */
export declare function qualitySession(data: Data, call: Call, params: Params): {
    meeting: TrueMeeting;
    participant: TrueParticipant;
};
export declare function reservationRows(data: Data, call: Call, params: Params): {
    rows: TrueReservation[];
    needTopic: boolean;
};
