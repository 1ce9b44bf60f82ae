/**
 * What each workflow takes, checked field by field. Pure: runs in the workflow isolate, in the client and in tests.
 *
 * Every check collects all that is wrong, so that one `InvalidInput` names every field and what it takes.
 */
import { z } from 'zod';
import { EXPORT_RESOURCES } from '../feishu/contract.ts';
import { type InputProblem } from '../model/problems.ts';
declare const exportResourceInput: z.ZodPipe<z.ZodObject<{
    resource: z.ZodEnum<{
        meeting_list: "meeting_list";
        participant_list: "participant_list";
        participant_quality_list: "participant_quality_list";
        resource_reservation_list: "resource_reservation_list";
    }>;
    request: z.ZodRecord<z.ZodString, z.ZodUnknown>;
    profile: z.ZodDefault<z.ZodString>;
}, z.core.$strict>, z.ZodTransform<{
    resource: "meeting_list" | "participant_list" | "participant_quality_list" | "resource_reservation_list";
    profile: string;
    request: ExportRequest;
}, {
    resource: "meeting_list" | "participant_list" | "participant_quality_list" | "resource_reservation_list";
    request: Record<string, unknown>;
    profile: string;
}>>;
/** A request body of E1 to E4 in the documented spelling, times as unix-second strings. */
export type ExportRequest = Record<string, string | number | boolean | string[] | undefined>;
export interface ExportResourceInput {
    resource: (typeof EXPORT_RESOURCES)[number];
    request: ExportRequest;
    profile: string;
}
declare const participantQualityInput: z.ZodPipe<z.ZodObject<{
    meeting: z.ZodObject<{
        meeting_no: z.ZodPipe<z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>, z.ZodTransform<string, string | number>>;
        meeting_start_time: z.ZodPipe<z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>, z.ZodTransform<string, string | number>>;
        meeting_end_time: z.ZodPipe<z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>, z.ZodTransform<string, string | number>>;
    }, z.core.$strict>;
    participant: z.ZodObject<{
        user_id: z.ZodOptional<z.ZodString>;
        room_id: z.ZodOptional<z.ZodString>;
        join_time: z.ZodPipe<z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>, z.ZodTransform<string, string | number>>;
    }, z.core.$strict>;
    source: z.ZodDefault<z.ZodEnum<{
        both: "both";
        export: "export";
        list: "list";
    }>>;
    user_id_type: z.ZodOptional<z.ZodEnum<{
        open_id: "open_id";
        union_id: "union_id";
        user_id: "user_id";
    }>>;
    profile: z.ZodDefault<z.ZodString>;
}, z.core.$strict>, z.ZodTransform<{
    meeting: {
        meeting_no: string;
        meeting_start_time: string;
        meeting_end_time: string;
    };
    participant: {
        user_id?: string | undefined;
        room_id?: string | undefined;
        join_time: string;
    };
    source: "both" | "export" | "list";
    profile: string;
    user_id_type: "open_id" | "union_id" | "user_id";
}, {
    meeting: {
        meeting_no: string;
        meeting_start_time: string;
        meeting_end_time: string;
    };
    participant: {
        user_id?: string | undefined;
        room_id?: string | undefined;
        join_time: string;
    };
    source: "both" | "export" | "list";
    user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
    profile: string;
}>>;
export type ParticipantQualityInput = z.output<typeof participantQualityInput>;
declare const meetingQualityInput: z.ZodObject<{
    meeting: z.ZodPipe<z.ZodRecord<z.ZodString, z.ZodUnknown>, z.ZodTransform<{
        meeting_no: string;
        meeting_start_time: string;
        meeting_end_time: string;
    } | {
        meeting_no: string;
        day: string;
    }, Record<string, unknown>>>;
    source: z.ZodDefault<z.ZodEnum<{
        both: "both";
        export: "export";
        list: "list";
    }>>;
    user_id_type: z.ZodDefault<z.ZodEnum<{
        open_id: "open_id";
        union_id: "union_id";
        user_id: "user_id";
    }>>;
    participants: z.ZodOptional<z.ZodString>;
    profile: z.ZodDefault<z.ZodString>;
}, z.core.$strict>;
export type MeetingQualityInput = z.output<typeof meetingQualityInput>;
export declare const TABLES_OF_A_DAY: readonly ['meetings', 'participants', 'quality_minutes', 'reservations'];
export type TableOfADay = (typeof TABLES_OF_A_DAY)[number];
declare const exportDayInput: z.ZodPipe<z.ZodObject<{
    include: z.ZodOptional<z.ZodArray<z.ZodEnum<{
        meetings: "meetings";
        participants: "participants";
        quality_minutes: "quality_minutes";
        reservations: "reservations";
    }>>>;
    listing: z.ZodDefault<z.ZodEnum<{
        export: "export";
        list: "list";
    }>>;
    source: z.ZodDefault<z.ZodEnum<{
        both: "both";
        export: "export";
        list: "list";
    }>>;
    user_id_type: z.ZodOptional<z.ZodEnum<{
        open_id: "open_id";
        union_id: "union_id";
        user_id: "user_id";
    }>>;
    room_level_id: z.ZodOptional<z.ZodString>;
    refresh: z.ZodDefault<z.ZodEnum<{
        all: "all";
        missing: "missing";
        unsettled: "unsettled";
    }>>;
    include_external_meetings: z.ZodDefault<z.ZodBoolean>;
    include_webinar: z.ZodDefault<z.ZodBoolean>;
    profile: z.ZodDefault<z.ZodString>;
    day: z.ZodString;
}, z.core.$strict>, z.ZodTransform<Omit<{
    include?: ("meetings" | "participants" | "quality_minutes" | "reservations")[] | undefined;
    listing: "export" | "list";
    source: "both" | "export" | "list";
    user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
    room_level_id?: string | undefined;
    refresh: "all" | "missing" | "unsettled";
    include_external_meetings: boolean;
    include_webinar: boolean;
    profile: string;
    day: string;
}, "include" | "user_id_type"> & {
    include: TableOfADay[];
    user_id_type: 'open_id' | 'union_id' | 'user_id';
}, {
    include?: ("meetings" | "participants" | "quality_minutes" | "reservations")[] | undefined;
    listing: "export" | "list";
    source: "both" | "export" | "list";
    user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
    room_level_id?: string | undefined;
    refresh: "all" | "missing" | "unsettled";
    include_external_meetings: boolean;
    include_webinar: boolean;
    profile: string;
    day: string;
}>>;
export type ExportDayInput = z.output<typeof exportDayInput>;
declare const backfillInput: z.ZodPipe<z.ZodObject<{
    include: z.ZodOptional<z.ZodArray<z.ZodEnum<{
        meetings: "meetings";
        participants: "participants";
        quality_minutes: "quality_minutes";
        reservations: "reservations";
    }>>>;
    listing: z.ZodDefault<z.ZodEnum<{
        export: "export";
        list: "list";
    }>>;
    source: z.ZodDefault<z.ZodEnum<{
        both: "both";
        export: "export";
        list: "list";
    }>>;
    user_id_type: z.ZodOptional<z.ZodEnum<{
        open_id: "open_id";
        union_id: "union_id";
        user_id: "user_id";
    }>>;
    room_level_id: z.ZodOptional<z.ZodString>;
    refresh: z.ZodDefault<z.ZodEnum<{
        all: "all";
        missing: "missing";
        unsettled: "unsettled";
    }>>;
    include_external_meetings: z.ZodDefault<z.ZodBoolean>;
    include_webinar: z.ZodDefault<z.ZodBoolean>;
    profile: z.ZodDefault<z.ZodString>;
    from: z.ZodOptional<z.ZodString>;
    to: z.ZodOptional<z.ZodString>;
    month: z.ZodOptional<z.ZodString>;
    days_back: z.ZodOptional<z.ZodObject<{
        from: z.ZodInt;
        to: z.ZodInt;
    }, z.core.$strict>>;
    order: z.ZodDefault<z.ZodEnum<{
        "newest-first": "newest-first";
        "oldest-first": "oldest-first";
    }>>;
    concurrency: z.ZodDefault<z.ZodInt>;
    dry_run: z.ZodDefault<z.ZodBoolean>;
}, z.core.$strict>, z.ZodTransform<Omit<{
    include?: ("meetings" | "participants" | "quality_minutes" | "reservations")[] | undefined;
    listing: "export" | "list";
    source: "both" | "export" | "list";
    user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
    room_level_id?: string | undefined;
    refresh: "all" | "missing" | "unsettled";
    include_external_meetings: boolean;
    include_webinar: boolean;
    profile: string;
    from?: string | undefined;
    to?: string | undefined;
    month?: string | undefined;
    days_back?: {
        from: number;
        to: number;
    } | undefined;
    order: "newest-first" | "oldest-first";
    concurrency: number;
    dry_run: boolean;
}, "include" | "user_id_type"> & {
    include: TableOfADay[];
    user_id_type: 'open_id' | 'union_id' | 'user_id';
}, {
    include?: ("meetings" | "participants" | "quality_minutes" | "reservations")[] | undefined;
    listing: "export" | "list";
    source: "both" | "export" | "list";
    user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
    room_level_id?: string | undefined;
    refresh: "all" | "missing" | "unsettled";
    include_external_meetings: boolean;
    include_webinar: boolean;
    profile: string;
    from?: string | undefined;
    to?: string | undefined;
    month?: string | undefined;
    days_back?: {
        from: number;
        to: number;
    } | undefined;
    order: "newest-first" | "oldest-first";
    concurrency: number;
    dry_run: boolean;
}>>;
export type BackfillInput = z.output<typeof backfillInput>;
declare const inputs: {
    exportResource: z.ZodPipe<z.ZodObject<{
        resource: z.ZodEnum<{
            meeting_list: "meeting_list";
            participant_list: "participant_list";
            participant_quality_list: "participant_quality_list";
            resource_reservation_list: "resource_reservation_list";
        }>;
        request: z.ZodRecord<z.ZodString, z.ZodUnknown>;
        profile: z.ZodDefault<z.ZodString>;
    }, z.core.$strict>, z.ZodTransform<{
        resource: "meeting_list" | "participant_list" | "participant_quality_list" | "resource_reservation_list";
        profile: string;
        request: ExportRequest;
    }, {
        resource: "meeting_list" | "participant_list" | "participant_quality_list" | "resource_reservation_list";
        request: Record<string, unknown>;
        profile: string;
    }>>;
    participantQuality: z.ZodPipe<z.ZodObject<{
        meeting: z.ZodObject<{
            meeting_no: z.ZodPipe<z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>, z.ZodTransform<string, string | number>>;
            meeting_start_time: z.ZodPipe<z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>, z.ZodTransform<string, string | number>>;
            meeting_end_time: z.ZodPipe<z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>, z.ZodTransform<string, string | number>>;
        }, z.core.$strict>;
        participant: z.ZodObject<{
            user_id: z.ZodOptional<z.ZodString>;
            room_id: z.ZodOptional<z.ZodString>;
            join_time: z.ZodPipe<z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>, z.ZodTransform<string, string | number>>;
        }, z.core.$strict>;
        source: z.ZodDefault<z.ZodEnum<{
            both: "both";
            export: "export";
            list: "list";
        }>>;
        user_id_type: z.ZodOptional<z.ZodEnum<{
            open_id: "open_id";
            union_id: "union_id";
            user_id: "user_id";
        }>>;
        profile: z.ZodDefault<z.ZodString>;
    }, z.core.$strict>, z.ZodTransform<{
        meeting: {
            meeting_no: string;
            meeting_start_time: string;
            meeting_end_time: string;
        };
        participant: {
            user_id?: string | undefined;
            room_id?: string | undefined;
            join_time: string;
        };
        source: "both" | "export" | "list";
        profile: string;
        user_id_type: "open_id" | "union_id" | "user_id";
    }, {
        meeting: {
            meeting_no: string;
            meeting_start_time: string;
            meeting_end_time: string;
        };
        participant: {
            user_id?: string | undefined;
            room_id?: string | undefined;
            join_time: string;
        };
        source: "both" | "export" | "list";
        user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
        profile: string;
    }>>;
    meetingQuality: z.ZodObject<{
        meeting: z.ZodPipe<z.ZodRecord<z.ZodString, z.ZodUnknown>, z.ZodTransform<{
            meeting_no: string;
            meeting_start_time: string;
            meeting_end_time: string;
        } | {
            meeting_no: string;
            day: string;
        }, Record<string, unknown>>>;
        source: z.ZodDefault<z.ZodEnum<{
            both: "both";
            export: "export";
            list: "list";
        }>>;
        user_id_type: z.ZodDefault<z.ZodEnum<{
            open_id: "open_id";
            union_id: "union_id";
            user_id: "user_id";
        }>>;
        participants: z.ZodOptional<z.ZodString>;
        profile: z.ZodDefault<z.ZodString>;
    }, z.core.$strict>;
    exportDay: z.ZodPipe<z.ZodObject<{
        include: z.ZodOptional<z.ZodArray<z.ZodEnum<{
            meetings: "meetings";
            participants: "participants";
            quality_minutes: "quality_minutes";
            reservations: "reservations";
        }>>>;
        listing: z.ZodDefault<z.ZodEnum<{
            export: "export";
            list: "list";
        }>>;
        source: z.ZodDefault<z.ZodEnum<{
            both: "both";
            export: "export";
            list: "list";
        }>>;
        user_id_type: z.ZodOptional<z.ZodEnum<{
            open_id: "open_id";
            union_id: "union_id";
            user_id: "user_id";
        }>>;
        room_level_id: z.ZodOptional<z.ZodString>;
        refresh: z.ZodDefault<z.ZodEnum<{
            all: "all";
            missing: "missing";
            unsettled: "unsettled";
        }>>;
        include_external_meetings: z.ZodDefault<z.ZodBoolean>;
        include_webinar: z.ZodDefault<z.ZodBoolean>;
        profile: z.ZodDefault<z.ZodString>;
        day: z.ZodString;
    }, z.core.$strict>, z.ZodTransform<Omit<{
        include?: ("meetings" | "participants" | "quality_minutes" | "reservations")[] | undefined;
        listing: "export" | "list";
        source: "both" | "export" | "list";
        user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
        room_level_id?: string | undefined;
        refresh: "all" | "missing" | "unsettled";
        include_external_meetings: boolean;
        include_webinar: boolean;
        profile: string;
        day: string;
    }, "include" | "user_id_type"> & {
        include: TableOfADay[];
        user_id_type: 'open_id' | 'union_id' | 'user_id';
    }, {
        include?: ("meetings" | "participants" | "quality_minutes" | "reservations")[] | undefined;
        listing: "export" | "list";
        source: "both" | "export" | "list";
        user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
        room_level_id?: string | undefined;
        refresh: "all" | "missing" | "unsettled";
        include_external_meetings: boolean;
        include_webinar: boolean;
        profile: string;
        day: string;
    }>>;
    backfill: z.ZodPipe<z.ZodObject<{
        include: z.ZodOptional<z.ZodArray<z.ZodEnum<{
            meetings: "meetings";
            participants: "participants";
            quality_minutes: "quality_minutes";
            reservations: "reservations";
        }>>>;
        listing: z.ZodDefault<z.ZodEnum<{
            export: "export";
            list: "list";
        }>>;
        source: z.ZodDefault<z.ZodEnum<{
            both: "both";
            export: "export";
            list: "list";
        }>>;
        user_id_type: z.ZodOptional<z.ZodEnum<{
            open_id: "open_id";
            union_id: "union_id";
            user_id: "user_id";
        }>>;
        room_level_id: z.ZodOptional<z.ZodString>;
        refresh: z.ZodDefault<z.ZodEnum<{
            all: "all";
            missing: "missing";
            unsettled: "unsettled";
        }>>;
        include_external_meetings: z.ZodDefault<z.ZodBoolean>;
        include_webinar: z.ZodDefault<z.ZodBoolean>;
        profile: z.ZodDefault<z.ZodString>;
        from: z.ZodOptional<z.ZodString>;
        to: z.ZodOptional<z.ZodString>;
        month: z.ZodOptional<z.ZodString>;
        days_back: z.ZodOptional<z.ZodObject<{
            from: z.ZodInt;
            to: z.ZodInt;
        }, z.core.$strict>>;
        order: z.ZodDefault<z.ZodEnum<{
            "newest-first": "newest-first";
            "oldest-first": "oldest-first";
        }>>;
        concurrency: z.ZodDefault<z.ZodInt>;
        dry_run: z.ZodDefault<z.ZodBoolean>;
    }, z.core.$strict>, z.ZodTransform<Omit<{
        include?: ("meetings" | "participants" | "quality_minutes" | "reservations")[] | undefined;
        listing: "export" | "list";
        source: "both" | "export" | "list";
        user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
        room_level_id?: string | undefined;
        refresh: "all" | "missing" | "unsettled";
        include_external_meetings: boolean;
        include_webinar: boolean;
        profile: string;
        from?: string | undefined;
        to?: string | undefined;
        month?: string | undefined;
        days_back?: {
            from: number;
            to: number;
        } | undefined;
        order: "newest-first" | "oldest-first";
        concurrency: number;
        dry_run: boolean;
    }, "include" | "user_id_type"> & {
        include: TableOfADay[];
        user_id_type: 'open_id' | 'union_id' | 'user_id';
    }, {
        include?: ("meetings" | "participants" | "quality_minutes" | "reservations")[] | undefined;
        listing: "export" | "list";
        source: "both" | "export" | "list";
        user_id_type?: "open_id" | "union_id" | "user_id" | undefined;
        room_level_id?: string | undefined;
        refresh: "all" | "missing" | "unsettled";
        include_external_meetings: boolean;
        include_webinar: boolean;
        profile: string;
        from?: string | undefined;
        to?: string | undefined;
        month?: string | undefined;
        days_back?: {
            from: number;
            to: number;
        } | undefined;
        order: "newest-first" | "oldest-first";
        concurrency: number;
        dry_run: boolean;
    }>>;
};
export type WorkflowType = keyof typeof inputs;
export interface Inputs {
    exportResource: ExportResourceInput;
    participantQuality: ParticipantQualityInput;
    meetingQuality: MeetingQualityInput;
    exportDay: ExportDayInput;
    backfill: BackfillInput;
}
/** What a caller may write: the same fields, those with a default left out, times also as numbers. */
export interface RawInputs {
    exportResource: z.input<typeof exportResourceInput>;
    participantQuality: z.input<typeof participantQualityInput>;
    meetingQuality: z.input<typeof meetingQualityInput>;
    exportDay: z.input<typeof exportDayInput>;
    backfill: z.input<typeof backfillInput>;
}
export type Checked<T> = {
    ok: true;
    input: T;
} | {
    ok: false;
    problems: InputProblem[];
    message: string;
};
/**
 * Checks a workflow's input and fills in its defaults.
 * @returns the input in its one normal form, or every problem with the field it concerns.
 */
export declare function checkInput<T extends WorkflowType>(type: T, value: unknown): Checked<Inputs[T]>;
export {};
