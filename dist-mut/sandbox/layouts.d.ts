/** The four XLSX layouts: columns in documented order, with both headers, and a row's cells. */
import type { SeenMeeting, SeenParticipant } from './queries.ts';
import type { TrueQualityMinute, TrueReservation } from './truth.ts';
import type { Zone } from './zone.ts';
/** Text, yes/no, or a missing value. */
export type Cell = string | boolean | null;
interface Header {
    zh: string;
    en: string;
}
export interface Table {
    headers: Header[];
    rows: Cell[][];
}
export interface SheetFormat {
    zone: Zone;
    /** False without the field scope: the user id column is empty then. */
    showUserIds: boolean;
}
export declare function meetingTable(rows: SeenMeeting[], { zone, showUserIds }: SheetFormat): Table;
export declare function participantTable(rows: SeenParticipant[], { zone, showUserIds }: SheetFormat): Table;
export declare function qualityTable(rows: TrueQualityMinute[], { zone }: SheetFormat): Table;
export declare function reservationTable(rows: TrueReservation[], { zone, needTopic }: {
    zone: Zone;
    needTopic: boolean;
}): Table;
export {};
