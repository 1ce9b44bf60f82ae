/**
 * What each workflow takes, checked field by field. Pure: runs in the workflow isolate, in the client and in tests.
 *
 * Every check collects all that is wrong, so that one `InvalidInput` names every field and what it takes.
 */
import { z } from 'zod';
import { EXPORT_RESOURCES } from '../feishu/contract.ts';
import { DAYS_AT_MOST } from '../model/bounds.ts';
import { DAY_S, daysBetween, isDay } from '../model/calendar.ts';
import { ENRICHMENTS, TABLES_OF_A_DAY, tablesAsked, type TableOfADay } from '../model/day-tables.ts';
import { listOf, takes, text, fields } from '../model/fields.ts';
import { describeProblems, problemsOf, type InputProblem } from '../model/problems.ts';
import { REFRESH } from '../model/units.ts';

const { day, flag, listing, meetingNo, profileName, roomLevelId, source, unixSeconds, userIdType } = fields();

const profile = profileName.default('default');
const userId = text('a user id of the kind that user_id_type names');
const roomId = text('a room id, omm_…');

const meetingStatus = z.union([z.literal(1), z.literal(2), z.literal(3)], takes('1 ongoing, 2 ended or 3 upcoming'));

const requests = {
  meeting_list: z
    .strictObject({
      start_time: unixSeconds,
      end_time: unixSeconds,
      meeting_status: meetingStatus.optional(),
      meeting_no: meetingNo.optional(),
      user_id: userId.optional(),
      room_id: roomId.optional(),
      meeting_type: z
        .union([z.literal(1), z.literal(2), z.literal(3)], takes('1 all, 2 video meeting or 3 local screen cast'))
        .optional(),
      user_id_type: userIdType.optional(),
    })
    .superRefine((request, context) => {
      const filters = (['meeting_no', 'user_id', 'room_id', 'meeting_type'] as const).filter(
        (name) => request[name] !== undefined,
      );
      if (filters.length > 1) {
        for (const name of filters) {
          context.addIssue({
            code: 'custom',
            path: [name],
            message: `at most one of ${filters.join(', ')} may be set`,
          });
        }
      }
    }),
  participant_list: z
    .strictObject({
      meeting_start_time: unixSeconds,
      meeting_end_time: unixSeconds,
      meeting_status: meetingStatus.optional(),
      meeting_no: meetingNo,
      user_id: userId.optional(),
      room_id: roomId.optional(),
      user_id_type: userIdType.optional(),
    })
    .superRefine((request, context) => {
      if (request.user_id !== undefined && request.room_id !== undefined) {
        context.addIssue({ code: 'custom', path: ['room_id'], message: 'at most one of user_id, room_id may be set' });
      }
    }),
  participant_quality_list: z
    .strictObject({
      meeting_start_time: unixSeconds,
      meeting_end_time: unixSeconds,
      meeting_no: meetingNo,
      join_time: unixSeconds,
      user_id: userId.optional(),
      room_id: roomId.optional(),
      user_id_type: userIdType.optional(),
    })
    .superRefine(exactlyOneOfUserAndRoom),
  resource_reservation_list: z.strictObject({
    room_level_id: roomLevelId,
    need_topic: flag.optional(),
    start_time: unixSeconds,
    end_time: unixSeconds,
    room_ids: listOf(roomId, 'a list of room ids, omm_…').optional(),
    is_exclude: flag.optional(),
  }),
};

function exactlyOneOfUserAndRoom(
  value: { user_id?: string | undefined; room_id?: string | undefined },
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  if ((value.user_id === undefined) === (value.room_id === undefined)) {
    context.addIssue({ code: 'custom', path: ['user_id'], message: 'exactly one of user_id, room_id must be set' });
  }
}

const resource = z.enum(EXPORT_RESOURCES, takes(EXPORT_RESOURCES.map((name) => `"${name}"`).join(', ')));

const exportResourceInput = z
  .strictObject({
    resource,
    request: z.record(z.string(), z.unknown(), takes('the documented request body of the resource')),
    profile,
  })
  .transform((input, context) => {
    const parsed = requests[input.resource].safeParse(input.request);
    if (!parsed.success) {
      nest('request', parsed.error, context);
      return z.NEVER;
    }
    const request = parsed.data as ExportRequest;
    if (isTooLong(request)) {
      const message = `takes a time that is at most ${DAYS_AT_MOST} days after start_time`;
      context.addIssue({ code: 'custom', path: ['request', 'end_time'], message });
    }
    const kind = request['user_id_type'] ?? userIdTypeOf(request['user_id']);
    const hasKind = input.resource !== 'resource_reservation_list';
    return { ...input, request: hasKind ? { ...request, user_id_type: kind } : request };
  });

function isTooLong({ start_time, end_time }: ExportRequest): boolean {
  return Number(end_time) - Number(start_time) > DAYS_AT_MOST * DAY_S;
}

/** Reports what is wrong inside a nested value under the field that holds it. */
function nest(field: string, error: z.ZodError, context: { addIssue(issue: never): void }): void {
  for (const issue of error.issues) {
    context.addIssue({ ...issue, path: [field, ...issue.path], input: undefined } as never);
  }
}

/** The kind of a given id by its form: `ou_` open_id, `on_` union_id, else user_id; open_id where none is given. */
function userIdTypeOf(id: unknown): 'open_id' | 'union_id' | 'user_id' {
  if (typeof id !== 'string' || id.startsWith('ou_')) return 'open_id';
  return id.startsWith('on_') ? 'union_id' : 'user_id';
}

/** A request body of E1 to E4 in the documented spelling, times as unix-second strings. */
export type ExportRequest = Record<string, string | number | boolean | string[] | undefined>;
export interface ExportResourceInput {
  resource: (typeof EXPORT_RESOURCES)[number];
  request: ExportRequest;
  profile: string;
}

const meetingInstance = z.strictObject({
  meeting_no: meetingNo,
  meeting_start_time: unixSeconds,
  meeting_end_time: unixSeconds,
});
const participant = z
  .strictObject({
    user_id: userId.optional(),
    room_id: roomId.optional(),
    join_time: unixSeconds,
  })
  .superRefine(exactlyOneOfUserAndRoom);

const participantQualityInput = z
  .strictObject({
    meeting: meetingInstance,
    participant,
    source: source.default('list'),
    user_id_type: userIdType.optional(),
    profile,
  })
  .transform((input) => ({
    ...input,
    user_id_type: input.user_id_type ?? userIdTypeOf(input.participant.user_id),
  }));
export type ParticipantQualityInput = z.output<typeof participantQualityInput>;

/** What asks about one participant-session: a workflow of its own, or the meeting's own activities. */
const fanOut = z.enum(['workflow', 'activity'], takes('"workflow" or "activity"'));

const meetingOfDay = z.strictObject({ meeting_no: meetingNo, day });
const meetingTakes = 'an object {meeting_no, meeting_start_time, meeting_end_time} or {meeting_no, day}';
const meetingQualityInput = z.strictObject({
  meeting: z.record(z.string(), z.unknown(), takes(meetingTakes)).transform((value, context) => {
    const parsed = (value['day'] === undefined ? meetingInstance : meetingOfDay).safeParse(value);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) context.addIssue({ ...issue, input: undefined } as never);
    return z.NEVER;
  }),
  source: source.default('list'),
  user_id_type: userIdType.default('open_id'),
  participants: text('the key of a stored participant list').optional(),
  fan_out: fanOut.default('workflow'),
  profile,
});
export type MeetingQualityInput = z.output<typeof meetingQualityInput>;

const dayFields = {
  include: listOf(
    z.enum(TABLES_OF_A_DAY, takes(TABLES_OF_A_DAY.map((name) => `"${name}"`).join(', '))),
    'a list of tables',
  )
    .min(1, takes('at least one table'))
    .optional(),
  listing: listing.default('list'),
  source: source.default('list'),
  user_id_type: userIdType.optional(),
  room_level_id: roomLevelId.optional(),
  refresh: z.enum(REFRESH, takes('"all", "unsettled" or "missing"')).default('all'),
  include_external_meetings: flag.default(false),
  include_webinar: flag.default(false),
  fan_out: fanOut.default('workflow'),
  enrich: listOf(
    z.enum(ENRICHMENTS, takes('"meetings" or "reservations"')),
    'a list of "meetings", "reservations"',
  ).default([]),
  profile,
};

type DayFields = z.output<z.ZodObject<typeof dayFields>>;

function checkDayFields(
  input: DayFields,
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  if (input.include?.includes('reservations') && input.room_level_id === undefined) {
    const message = 'is missing; reservations take a room level id, omb_…';
    context.addIssue({ code: 'custom', path: ['room_level_id'], message });
  }
  if (input.listing === 'export' && input.user_id_type !== undefined && input.user_id_type !== 'user_id') {
    const message = 'takes "user_id" with listing "export": the files carry no other kind';
    context.addIssue({ code: 'custom', path: ['user_id_type'], message });
  }
}

/** Fills in what depends on other fields: the tables asked for, the lists beside files, and the one id kind of the run. */
function completeDayFields<T extends DayFields>(
  input: T,
): Omit<T, 'include' | 'user_id_type'> & {
  include: TableOfADay[];
  user_id_type: 'open_id' | 'union_id' | 'user_id';
} {
  const { include_external_meetings, include_webinar } = input;
  // Files have neither: only the list knows of them.
  const needsMeetings = include_external_meetings || include_webinar;
  return {
    ...input,
    include: tablesAsked(input),
    enrich: ENRICHMENTS.filter((name) => input.enrich.includes(name) || (name === 'meetings' && needsMeetings)),
    user_id_type: input.user_id_type ?? (input.listing === 'export' ? 'user_id' : 'open_id'),
  };
}

const exportDayInput = z
  .strictObject({ day, ...dayFields })
  .superRefine(checkDayFields)
  .transform(completeDayFields);
export type ExportDayInput = z.output<typeof exportDayInput>;

const MONTH = 'a month, YYYY-MM, or "previous"';
const DAYS_BACK = `a number of days, 0 to ${DAYS_AT_MOST - 1}`;
const daysBack = z
  .int(takes(DAYS_BACK))
  .min(0, takes(DAYS_BACK))
  .max(DAYS_AT_MOST - 1, takes(DAYS_BACK));
const backfillInput = z
  .strictObject({
    from: day.optional(),
    to: day.optional(),
    month: z
      .string(takes(MONTH))
      .regex(/^(\d{4}-(0[1-9]|1[0-2])|previous)$/, takes(MONTH))
      .optional(),
    days_back: z.strictObject({ from: daysBack, to: daysBack }, takes('an object {from, to}, in days')).optional(),
    order: z.enum(['newest-first', 'oldest-first'], takes('"newest-first" or "oldest-first"')).default('newest-first'),
    concurrency: z.int(takes('1 to 7')).min(1, takes('1 to 7')).max(7, takes('1 to 7')).default(2),
    dry_run: flag.default(false),
    ...dayFields,
  })
  .superRefine((input, context) => {
    checkDayFields(input, context);
    const ways = [
      ...(input.from === undefined && input.to === undefined ? [] : ['from']),
      ...(input.month === undefined ? [] : ['month']),
      ...(input.days_back === undefined ? [] : ['days_back']),
    ];
    if (ways.length !== 1) {
      const message = 'exactly one of {from, to}, month, days_back says which days';
      for (const way of ways.length === 0 ? ['from'] : ways) context.addIssue({ code: 'custom', path: [way], message });
    } else if (ways[0] === 'from' && (input.from === undefined || input.to === undefined)) {
      const path = input.from === undefined ? 'from' : 'to';
      context.addIssue({ code: 'custom', path: [path], message: 'is missing; it takes a day, YYYY-MM-DD' });
    } else if (input.from !== undefined && input.to !== undefined && input.from > input.to) {
      context.addIssue({ code: 'custom', path: ['to'], message: 'takes a day that is not before from' });
    } else if (
      input.from !== undefined &&
      input.to !== undefined &&
      isDay(input.from) &&
      isDay(input.to) &&
      daysBetween(input.from, input.to) >= DAYS_AT_MOST
    ) {
      const message = `takes a day with which there are at most ${DAYS_AT_MOST} days; start several backfills for more`;
      context.addIssue({ code: 'custom', path: ['to'], message });
    }
    if (input.days_back && input.days_back.from < input.days_back.to) {
      const message = 'takes a number of days that is not below days_back.to: {"from": 3, "to": 1}';
      context.addIssue({ code: 'custom', path: ['days_back', 'from'], message });
    }
  })
  .transform(completeDayFields);
export type BackfillInput = z.output<typeof backfillInput>;

const inputs = {
  exportResource: exportResourceInput,
  participantQuality: participantQualityInput,
  meetingQuality: meetingQualityInput,
  exportDay: exportDayInput,
  backfill: backfillInput,
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

export type Checked<T> = { ok: true; input: T } | { ok: false; problems: InputProblem[]; message: string };

/**
 * Checks a workflow's input and fills in its defaults.
 * @returns the input in its one normal form, or every problem with the field it concerns.
 */
export function checkInput<T extends WorkflowType>(type: T, value: unknown): Checked<Inputs[T]> {
  const result = inputs[type].safeParse(value ?? {});
  if (result.success) return { ok: true, input: result.data as Inputs[T] };
  const problems = problemsOf(result.error);
  return { ok: false, problems, message: describeProblems(problems, type) };
}
