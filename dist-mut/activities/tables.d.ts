/** From the stage to tables: a day's commit, and the tables of single runs. */
import type { CommittedDay } from '../model/committed-day.ts';
import { type IncludedTable } from '../dataset/commit-day.ts';
import type { DayLocation, SingleRunLocation } from '../dataset/storage-keys.ts';
import type { MeetingRef, QualitySource } from '../dataset/pending-units.ts';
import { type QualityAsk } from '../dataset/single.ts';
import type { ExportResource } from '../feishu/contract.ts';
import type { Deps } from './deps.ts';
import type { DayWindow } from './settings.ts';
export interface CommitInput {
    profile: string;
    location: DayLocation;
    window: DayWindow;
    include: IncludedTable[];
    user_id_type: string;
    listing: 'list' | 'export';
    source: QualitySource;
    room_level_id: string | null;
}
export declare function tableActivities(deps: Deps): {
    /** Writes the day's tables and its manifest, the manifest last. Run twice, it gives the same. */
    commitDay(input: CommitInput): Promise<CommittedDay>;
    /** The committed day, where it is sealed: asked often enough to be left alone. Null: it is to be asked. */
    sealedDay(input: {
        location: DayLocation;
    }): Promise<CommittedDay | null>;
    storeResource(input: {
        profile: string;
        location: SingleRunLocation & {
            unit: string;
        };
        resource: ExportResource;
    }): Promise<{
        uri: string;
    }>;
    storeSession(input: {
        profile: string;
        location: SingleRunLocation;
        session: QualityAsk;
    }): Promise<{
        uri: string;
        rows: number;
    }>;
    storeMeetings(input: {
        profile: string;
        location: SingleRunLocation;
        source: QualitySource;
        participants: string | null;
        meetings: MeetingRef[];
    }): Promise<{
        uri: string;
        rows: number;
    }>;
};
