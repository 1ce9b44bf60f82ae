/**
 * A day's people: those that the lists name against the count that each meeting gives of itself, and what may lie
 * behind a difference. Feishu does not say whom its count leaves out, so nothing is subtracted: the causes are counted
 * beside it.
 */
import type { Participant } from '../feishu/contract.ts';
import type { Row } from '../tables/columns.ts';
/** What the list says of who somebody is, besides the columns. */
interface AttendeeKind {
    /** Null where the answer has no such field. */
    external: boolean | null;
    /** Only webinars have viewers. */
    viewer: boolean;
}
/** A row of `participants`; `kind` is null where it comes from a file, which has neither field. */
export interface Attendee {
    row: Row;
    kind: AttendeeKind | null;
}
export declare function kindOf({ is_external, webinar_user_role }: Participant): AttendeeKind;
/** Null where the source does not say; docs/tables.md has the words for each. */
export type Reconciliation = Record<'participants_counted_by_meetings' | 'distinct_participants_listed' | 'participant_sessions_listed' | 'sessions_of_other_devices' | 'sessions_of_rejoins' | 'sessions_of_rooms' | 'sessions_without_id' | 'distinct_rooms_listed' | 'distinct_external_guests_listed' | 'distinct_webinar_viewers_listed' | 'webinar_viewers_counted_by_meetings' | 'meetings_without_a_list' | 'meetings_with_another_count' | 'meetings_with_unexplained_count', number | null>;
export interface DayOfPeople {
    /** Rows of `meetings`. */
    meetings: Row[];
    /** By meeting key; a meeting whose list is not there has none. */
    lists: ReadonlyMap<string, Attendee[]>;
    /** The viewers that the meeting list counts; null where it was not asked. */
    viewersCounted: number | null;
}
export declare function reconcile({ meetings, lists, viewersCounted }: DayOfPeople): Reconciliation;
export {};
