/** Rows of the table `reservations`. */
import type { Row } from './columns.ts';
import type { SourceRecord } from './records.ts';
import type { DayWindow } from '../model/calendar.ts';
export interface ReservationRowsInput {
    /** One list of records for each window that was asked, oldest answer first. Windows may overlap. */
    windows: readonly (readonly SourceRecord[])[];
    /** All rooms of the tenant or of the level. A name that only one of them has gives the room's id. */
    rooms?: Iterable<{
        room_id?: string;
        name?: string;
    }>;
    /** Keep only what starts in it, or has no readable start. */
    day?: DayWindow;
}
export declare function reservationRows({ windows, rooms, day }: ReservationRowsInput): Row[];
