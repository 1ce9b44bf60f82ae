import type { Directory } from './directory.ts';
import type { TenantShape } from './tenant-shape.ts';
import type { Dataset, TrueMeeting, TrueParticipant, TrueQualityMinute, TrueReservation } from './truth.ts';
import type { Zone } from './zone.ts';
/** Ground truth. All instants are unix seconds; ranges are half open, `from` included, `to` not. */
export interface Tenant {
    readonly zone: Zone;
    readonly directory: Directory;
    /** Meetings by start, external ones and webinars included. */
    meetings(from: number, to: number): TrueMeeting[];
    /** Meetings that share at least one instant with the range. */
    meetingsTouching(from: number, to: number): TrueMeeting[];
    participants(meeting: TrueMeeting): TrueParticipant[];
    /**
     * Minutes of a session. Rows that share id and join time (two devices in one second) are one session to Feishu: they
     * have the same minutes.
     */
    quality(meeting: TrueMeeting, participant: TrueParticipant): TrueQualityMinute[];
    /** Reservations by start. */
    reservations(from: number, to: number): TrueReservation[];
    reservationsTouching(from: number, to: number): TrueReservation[];
    /** `[start, end)` of a local day, `YYYY-MM-DD`. */
    dayRange(day: string): {
        from: number;
        to: number;
    };
    /** Changes the day's data `times` more: rows disappear, topics, reasons and figures change. */
    change(day: string, times?: number): void;
    /** The day's rows of a data set are gone, answers are empty, until `remember`. */
    forget(dataset: Dataset, day: string): void;
    remember(dataset: Dataset, day: string): void;
}
export interface TenantInput extends TenantShape {
    people: number;
    rooms: number;
    /** IANA name or fixed offset. */
    timeZone: string;
}
export declare function createTenant({ people, rooms, timeZone, ...shape }: TenantInput): Tenant;
