/** What a day knows of itself: its units, its meetings, its calls. Plain arithmetic. */
import type { DayWindow } from '../../activities/index.ts';
import type { StageResource } from '../../activities/index.ts';
import { type UnitCounts, type UnitStatus } from '../../model/units.ts';
import { type Seen } from '../common/progress.ts';
import type { DayReport } from '../messages.ts';
/** All of the state, as it is carried through continue-as-new. */
export interface DaySums {
    window: DayWindow;
    /** When the day's first run began, unix ms: a later export of the day has a larger one. */
    generation: number;
    /** Index of the next meeting to ask about; -1 until the lists are there. */
    cursor: number;
    /** Whether participant-sessions are the units; else each meeting's list is one. */
    withQuality: boolean;
    units: Seen['units'];
    meetings: number;
    meetingsDone: number;
    calls: number;
}
export declare class DayState {
    #private;
    constructor(day: string);
    begin(plan: Pick<DaySums, 'window' | 'generation' | 'withQuality'>): void;
    resume(sums: DaySums): void;
    /** @throws TypeError before the day has begun */
    get sums(): DaySums;
    says(doing: string): void;
    /** Units that are known to come. */
    expect(units: number): void;
    count(units: UnitCounts, calls?: number): void;
    /** The meeting lists are no units; with quality, the units of a meeting are its sessions, not its list. */
    unitEnded(resource: StageResource, status: UnitStatus | null, calls: number): void;
    meetingsFound(total: number): void;
    meetingEnded(): void;
    /** `expected`: the sessions that the meeting's list promised. What they come to is known at the end. */
    sessionsEnded(expected: number, result: {
        units: UnitCounts;
        calls: number;
    }): void;
    /** The meeting as a whole counts as one failed unit. */
    sessionsFailed(expected: number): void;
    committed(rows: Record<string, number>): void;
    get seen(): Seen;
    /** For whoever started it. */
    report(waitingFor: string | null): DayReport;
}
