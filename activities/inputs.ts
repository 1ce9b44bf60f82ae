/**
 * What each activity takes. Whoever may start workflows in the namespace can schedule our activities with any input: each
 * is checked before anything is read, written or called, by the fields and bounds that inputs of workflows have. Fields
 * that a newer version adds pass.
 */
import { Context } from '@temporalio/activity';
import { z } from 'zod';
import { EXPORT_RESOURCES } from '../feishu/contract.ts';
import { DAYS_AT_MOST, TEXT_AT_MOST } from '../model/bounds.ts';
import { DAY_S } from '../model/calendar.ts';
import { REFRESH } from '../model/units.ts';
import { listOf, takes, text, fields } from '../model/fields.ts';
import { describeProblems, problemsOf } from '../model/problems.ts';
import type { CallDeps, Deps, Profile } from './deps.ts';
import { finalFailure } from './failures.ts';
import {
  dayPlace,
  listKey,
  begunRuns,
  oneProfile,
  ownRun,
  participants,
  profilesIn,
  sessionPlace,
  singlePlace,
  unit,
  unitLocation,
  unitPlace,
} from './places.ts';
import { profileNamed } from './profiles.ts';

const { day, flag, listing, profileName, roomLevelId, source } = fields();

/** Temporal takes ids of workflows of so many characters. */
const WORKFLOW_ID = 1000;
/** Tokens of Feishu's, encrypted or as they came. */
const TOKEN = 16 * 1024;
/** Feishu's words, and ours around them. */
const REASON = 64 * 1024;
const PAGES_AT_MOST = 10_000;

const whole = z.int(takes('a whole number')).min(0, takes('a whole number from 0'));
const upTo = (most: number) => whole.max(most, takes(`a whole number, at most ${most}`));
const name = text('a name');
const token = text('a token', TOKEN);
const unix = upTo(999_999_999_999);
const resource = z.enum(EXPORT_RESOURCES, takes(EXPORT_RESOURCES.join(', ')));
const identity = z.enum(['app', 'user'], takes('"app" or "user"')).optional();
const via = listing;
const profile = { profile: profileName };
const counts = z.record(name, whole);

const TEXT = `a text of at most ${TEXT_AT_MOST} characters`;
const shortText = z.string(takes(TEXT)).max(TEXT_AT_MOST, takes(TEXT));
const value = z.union(
  [shortText, z.number(), flag, listOf(shortText, 'a list of texts')],
  takes(`${TEXT}, a number, true or false, or a list of texts`),
);
const asked = z
  .record(name, value, takes('the fields of a request'))
  .refine((request) => Object.keys(request).length <= 50, takes('at most 50 fields'));

const windows = listOf(z.looseObject({ from: unix, to: unix }), 'windows', 10);
const window = z
  .looseObject({ from: unix, to: unix, ask_until: unix, asked_at: unix, time_zone: name, reservation_windows: windows })
  .refine(({ from, to }) => to >= from && to - from <= 2 * DAY_S, takes('the window of one day'));
const dayAsk = z.looseObject({
  user_id_type: name,
  listing,
  source,
  room_level_id: roomLevelId.nullable(),
  include_external_meetings: flag,
  include_webinar: flag,
  enrich: listOf(name, 'a list of names', 10).optional(),
});
const meetingTimes = { meeting_no: name, meeting_start_time: name, meeting_end_time: name };
const meeting = z.looseObject({ ...meetingTimes, meeting_key: name, askable: flag });
const fresh = { refresh: z.enum(REFRESH, takes(REFRESH.join(', '))), fetched_since: whole };
const slice = { cursor: whole, limit: upTo(1000) };
const include = listOf(name, 'a list of tables', 10);
const file = z.looseObject({ bytes: whole, sha256: name });
const task = { ...profile, resource, task_id: text('the id of a task', TOKEN), identity };
const workflowId = text('a workflow id', WORKFLOW_ID);
const settles = whole.nullable();

const INPUTS = {
  describeProfile: z.looseObject(profile),
  describeDay: z.looseObject({ ...profile, day }),
  describeMeeting: z.looseObject({ meeting: z.looseObject(meetingTimes) }),
  describeRange: z.looseObject({
    ...profile,
    at_ms: whole,
    from: day.optional(),
    to: day.optional(),
    month: name.optional(),
    days_back: z.looseObject({ from: upTo(DAYS_AT_MOST), to: upTo(DAYS_AT_MOST) }).optional(),
  }),
  describeWaiting: z.looseObject(profile),
  whoRuns: z.looseObject({ workflow_id: workflowId }),
  untilFree: z.looseObject({ workflow_id: workflowId }),

  storeExport: z.looseObject({
    ...task,
    request: asked,
    location: unitPlace,
    file,
    unknown_creates: whole,
    calls: counts,
    settles_after: unix.optional(),
    asked_at: unix.optional(),
  }),
  joinParts: z.looseObject({ location: unitLocation, request: asked, parts: listOf(unitLocation, 'parts', 3) }),
  recordFailure: z.looseObject({
    ...profile,
    location: unitPlace,
    reason: z.string(takes('a reason')).max(REASON, takes('a reason, not longer')),
    request: asked,
    via,
    no_data: z.looseObject({ settles_after: unix }).optional(),
    calls: counts.optional(),
    unknown_creates: whole.optional(),
    asked_at: unix.optional(),
  }),
  pendingUnits: z.looseObject({ locations: listOf(unitLocation, 'places', 50), window, day: dayAsk, ...fresh }),
  pendingReservationLists: z.looseObject({ ...profile, location: dayPlace, window, day: dayAsk, ...fresh }),
  pendingMeetings: z.looseObject({ ...profile, location: dayPlace, window, day: dayAsk, ...slice, ...fresh }),
  pendingSessions: z.looseObject({
    ...profile,
    participants,
    source,
    user_id_type: name,
    location: z.union([dayPlace, singlePlace]),
    ...slice,
    ...fresh,
  }),
  readMeetings: z.looseObject({ ...profile, location: z.union([dayPlace, singlePlace]), window }),

  commitDay: z.looseObject({ ...profile, location: dayPlace, window, include, day: dayAsk }),
  sealedDay: z.looseObject({ location: dayPlace, include, day: dayAsk }),
  storeResource: z.looseObject({ ...profile, location: singlePlace.extend({ unit }), resource }),
  storeSession: z.looseObject({ ...profile, location: singlePlace, session: z.looseObject({ unit, source }) }),
  storeMeetings: z.looseObject({
    ...profile,
    location: singlePlace,
    source,
    participants: listKey.nullable(),
    meetings: listOf(meeting, 'meetings', 10_000),
  }),

  createExportTask: z.looseObject({ ...profile, resource, request: asked, location: sessionPlace.optional() }),
  pollExportTask: z.looseObject({ ...task, polls: whole, age_ms: z.number() }),
  downloadExportFile: z.looseObject({ ...task, encrypted_file_token: token, location: unitPlace }),
  fetchListPage: z.looseObject({
    ...profile,
    list: z.enum([...EXPORT_RESOURCES, 'rooms'], takes(`${EXPORT_RESOURCES.join(', ')}, rooms`)),
    query: asked,
    location: unitPlace,
    settlesAfter: settles,
    page: upTo(PAGES_AT_MOST + 1),
    page_token: token.optional(),
    previous_sha256: name.optional(),
    rows_before: whole.optional(),
    calls_before: whole.optional(),
    asked_at: unix.optional(),
  }),

  countMeetings: z.looseObject({
    ...profile,
    from: unix,
    to: unix,
    ask_until: unix,
    include_external_meetings: flag,
    include_webinar: flag,
    page_token: token.nullable(),
    above_priority: z.number(),
    candidates_at_most: upTo(1000),
  }),
  sampleParticipants: z.looseObject({ ...profile, meeting, user_id_type: name, rooms: flag }),
  countRooms: z.looseObject({ ...profile, room_level_id: roomLevelId, page_token: token.nullable() }),
  probeMeeting: z.looseObject({ ...profile, from: unix, to: unix }),
  probeParticipants: z.looseObject({ ...profile, meeting }),
  probeQuality: z.looseObject({ ...profile, meeting, encrypted_participant: token }),
  describePace: z.looseObject(profile),
  setRunHeld: z.looseObject({ run: workflowId, fairness_key: name.nullable(), held: flag }),
} satisfies Record<string, z.ZodType>;

type Known = keyof typeof INPUTS;

/** It answers that the profile is not here. */
const TELLS_ITSELF: Known = 'describeWaiting';

/**
 * The activities, each of which refuses an input that it does not take, that names places of more than one profile, of one that
 * this worker does not serve, of another run, or of one that has not begun. One without a schema above does not compile.
 */
export function checkingInputs<A extends Partial<Record<Known, (input: never) => Promise<unknown>>>>(
  deps: Deps | CallDeps,
  activities: A & Record<Exclude<keyof A, Known>, never>,
): A {
  const checked = (Object.entries(activities) as [Known, (input: unknown) => Promise<unknown>][]).map(
    ([activity, run]) => [
      activity,
      async (input: unknown): Promise<unknown> => {
        const problems = problemsWith(activity, input);
        if (problems.length > 0) throw finalFailure('InvalidInput', describeProblems(problems, activity));
        const [named] = activity === TELLS_ITSELF ? [] : profilesIn(input as object);
        if (!named) return await run(input);
        return await run(inZoneOf(await profileNamed(deps, named.profile), input as object));
      },
    ],
  );
  return Object.fromEntries(checked) as A;
}

function problemsWith(activity: Known, input: unknown) {
  const schema: z.ZodType = INPUTS[activity];
  const result = schema.safeParse(input);
  if (!result.success) return problemsOf(result.error);
  const { workflowExecution, scheduledTimestampMs } = Context.current().info;
  return [
    ...oneProfile(input as object),
    ...ownRun(input as object, workflowExecution?.workflowId ?? ''),
    ...begunRuns(input as object, scheduledTimestampMs),
  ];
}

/** A day's window is read in the zone of the profile, whatever zone the input names. */
function inZoneOf({ timeZone }: Profile, input: object): object {
  return 'window' in input ? { ...input, window: { ...(input.window as object), time_zone: timeZone } } : input;
}
