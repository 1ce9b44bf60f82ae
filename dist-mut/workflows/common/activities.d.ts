import type { Activities } from '../../activities/index.ts';
/** Reading and writing files: idempotent, so tried until the store answers. The activity says what is final. */
export declare const files: import("@temporalio/workflow").ActivityInterfaceFor<{
    describeWaiting(_input: {
        profile: string;
    }): Promise<{
        waiting_for: string | null;
    }>;
    whoRuns({ workflow_id }: {
        workflow_id: string;
    }): Promise<string>;
    untilFree({ workflow_id }: {
        workflow_id: string;
    }): Promise<void>;
    describeProfile(input: {
        profile: string;
    }): Promise<import("../../activities/settings.ts").DescribedProfile>;
    describeDay(input: {
        profile: string;
        day: string;
    }): Promise<import("../../activities/settings.ts").DayWindow>;
    describeMeeting(input: {
        meeting: {
            meeting_no: string;
            meeting_start_time: string;
            meeting_end_time: string;
        };
    }): Promise<import("../../dataset/pending-units.ts").MeetingRef>;
    describeRange(input: import("../../activities/settings.ts").RangeInput): Promise<{
        from: string;
        to: string;
        problems: {
            field: string;
            message: string;
        }[];
    }>;
    storeExport(input: import("../../activities/stage.ts").StoreExportInput): Promise<import("../../activities/stage.ts").StoredExport>;
    joinParts(input: {
        location: import("../../dataset/storage-keys.ts").UnitLocation;
        request: Record<string, unknown>;
        parts: import("../../dataset/storage-keys.ts").UnitLocation[];
    }): Promise<{
        rows: number;
    }>;
    recordFailure(input: {
        location: import("../../dataset/storage-keys.ts").UnitLocation;
        reason: string;
        request: Record<string, unknown>;
        via: 'list' | 'export';
        no_data?: {
            settles_after: number;
        };
        calls?: Record<string, number>;
        unknown_creates?: number;
    }): Promise<{
        status: import("../../model/units.ts").UnitStatus;
    }>;
    pendingUnits(input: {
        locations: import("../../dataset/storage-keys.ts").UnitLocation[];
        refresh: import("../../model/units.ts").Refresh;
        fetched_since: number;
    }): Promise<{
        ask: boolean[];
    }>;
    pendingMeetings(input: import("../../activities/stage.ts").PendingMeetingsInput): Promise<{
        total: number;
        meetings: import("../../activities/stage.ts").PendingMeeting[];
        next_cursor: number | null;
    }>;
    pendingSessions(input: import("../../activities/stage.ts").PendingSessionsInput): Promise<{
        total: number;
        sessions: import("../../activities/stage.ts").PendingSession[];
        settled: Partial<Record<import("../../model/units.ts").UnitStatus, number>>;
        next_cursor: number | null;
    }>;
    readMeetings(input: {
        profile: string;
        location: import("../../dataset/storage-keys.ts").StageLocation;
        window: import("../../activities/settings.ts").DayWindow;
    }): Promise<import("../../dataset/pending-units.ts").MeetingRef[]>;
    commitDay(input: import("../../activities/tables.ts").CommitInput): Promise<import("../../model/committed-day.ts").CommittedDay>;
    sealedDay(input: {
        location: import("../../dataset/storage-keys.ts").DayLocation;
    }): Promise<import("../../model/committed-day.ts").CommittedDay | null>;
    storeResource(input: {
        profile: string;
        location: import("../../dataset/storage-keys.ts").SingleRunLocation & {
            unit: string;
        };
        resource: import("../../feishu/contract.ts").ExportResource;
    }): Promise<{
        uri: string;
    }>;
    storeSession(input: {
        profile: string;
        location: import("../../dataset/storage-keys.ts").SingleRunLocation;
        session: import("../../dataset/single.ts").QualityAsk;
    }): Promise<{
        uri: string;
        rows: number;
    }>;
    storeMeetings(input: {
        profile: string;
        location: import("../../dataset/storage-keys.ts").SingleRunLocation;
        source: import("../../dataset/pending-units.ts").QualitySource;
        participants: string | null;
        meetings: import("../../dataset/pending-units.ts").MeetingRef[];
    }): Promise<{
        uri: string;
        rows: number;
    }>;
}>;
/** Looks at other runs: short, and repeated for as long as it takes. */
export declare const runs: import("@temporalio/workflow").ActivityInterfaceFor<Pick<{
    describeWaiting(_input: {
        profile: string;
    }): Promise<{
        waiting_for: string | null;
    }>;
    whoRuns({ workflow_id }: {
        workflow_id: string;
    }): Promise<string>;
    untilFree({ workflow_id }: {
        workflow_id: string;
    }): Promise<void>;
    describeProfile(input: {
        profile: string;
    }): Promise<import("../../activities/settings.ts").DescribedProfile>;
    describeDay(input: {
        profile: string;
        day: string;
    }): Promise<import("../../activities/settings.ts").DayWindow>;
    describeMeeting(input: {
        meeting: {
            meeting_no: string;
            meeting_start_time: string;
            meeting_end_time: string;
        };
    }): Promise<import("../../dataset/pending-units.ts").MeetingRef>;
    describeRange(input: import("../../activities/settings.ts").RangeInput): Promise<{
        from: string;
        to: string;
        problems: {
            field: string;
            message: string;
        }[];
    }>;
    storeExport(input: import("../../activities/stage.ts").StoreExportInput): Promise<import("../../activities/stage.ts").StoredExport>;
    joinParts(input: {
        location: import("../../dataset/storage-keys.ts").UnitLocation;
        request: Record<string, unknown>;
        parts: import("../../dataset/storage-keys.ts").UnitLocation[];
    }): Promise<{
        rows: number;
    }>;
    recordFailure(input: {
        location: import("../../dataset/storage-keys.ts").UnitLocation;
        reason: string;
        request: Record<string, unknown>;
        via: 'list' | 'export';
        no_data?: {
            settles_after: number;
        };
        calls?: Record<string, number>;
        unknown_creates?: number;
    }): Promise<{
        status: import("../../model/units.ts").UnitStatus;
    }>;
    pendingUnits(input: {
        locations: import("../../dataset/storage-keys.ts").UnitLocation[];
        refresh: import("../../model/units.ts").Refresh;
        fetched_since: number;
    }): Promise<{
        ask: boolean[];
    }>;
    pendingMeetings(input: import("../../activities/stage.ts").PendingMeetingsInput): Promise<{
        total: number;
        meetings: import("../../activities/stage.ts").PendingMeeting[];
        next_cursor: number | null;
    }>;
    pendingSessions(input: import("../../activities/stage.ts").PendingSessionsInput): Promise<{
        total: number;
        sessions: import("../../activities/stage.ts").PendingSession[];
        settled: Partial<Record<import("../../model/units.ts").UnitStatus, number>>;
        next_cursor: number | null;
    }>;
    readMeetings(input: {
        profile: string;
        location: import("../../dataset/storage-keys.ts").StageLocation;
        window: import("../../activities/settings.ts").DayWindow;
    }): Promise<import("../../dataset/pending-units.ts").MeetingRef[]>;
    commitDay(input: import("../../activities/tables.ts").CommitInput): Promise<import("../../model/committed-day.ts").CommittedDay>;
    sealedDay(input: {
        location: import("../../dataset/storage-keys.ts").DayLocation;
    }): Promise<import("../../model/committed-day.ts").CommittedDay | null>;
    storeResource(input: {
        profile: string;
        location: import("../../dataset/storage-keys.ts").SingleRunLocation & {
            unit: string;
        };
        resource: import("../../feishu/contract.ts").ExportResource;
    }): Promise<{
        uri: string;
    }>;
    storeSession(input: {
        profile: string;
        location: import("../../dataset/storage-keys.ts").SingleRunLocation;
        session: import("../../dataset/single.ts").QualityAsk;
    }): Promise<{
        uri: string;
        rows: number;
    }>;
    storeMeetings(input: {
        profile: string;
        location: import("../../dataset/storage-keys.ts").SingleRunLocation;
        source: import("../../dataset/pending-units.ts").QualitySource;
        participants: string | null;
        meetings: import("../../dataset/pending-units.ts").MeetingRef[];
    }): Promise<{
        uri: string;
        rows: number;
    }>;
}, "untilFree" | "whoRuns">>;
type Looks = Pick<Activities, 'describeProfile' | 'describeDay' | 'describeRange' | 'describeMeeting' | 'pendingSessions'>;
/**
 * A short look at settings and files, made by the worker that runs the workflow, without the way over the server. Where
 * that worker does not know the profile or does not reach the store, any other one may answer, now or later.
 */
export declare const look: Looks;
/** Says why nothing moves. One attempt: where it fails, the next look is soon enough. */
export declare const describeWaiting: import("@temporalio/workflow").LocalActivityFunctionWithOptions<(_input: {
    profile: string;
}) => Promise<{
    waiting_for: string | null;
}>>;
export {};
