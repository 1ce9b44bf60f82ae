import type { MeetingPlan, TenantBase } from './tenant-shape.ts';
import type { TrueMeeting, TrueParticipant } from './truth.ts';
export declare function participantsOf(base: TenantBase, meeting: MeetingPlan): TrueParticipant[];
export type Headcount = Pick<TrueMeeting, 'number_of_participants' | 'number_of_webinar_viewers'>;
/** Viewers of a webinar are counted apart from those who take part in it. */
export declare function headcount({ is_webinar }: Pick<TrueMeeting, 'is_webinar'>, rows: TrueParticipant[]): Headcount;
