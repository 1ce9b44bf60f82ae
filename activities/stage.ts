/** What is known of units: their files read and noted, their failures noted, and what is still to be asked. */
import { worstOf, type Refresh, type UnitStatus } from '../model/units.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { exportFileKey, recordKey, type StageLocation, type UnitLocation } from '../dataset/storage-keys.ts';
import { isOfUse, type Freshness } from '../dataset/answers.ts';
import { mustAskOrLost, orNull } from '../dataset/lost-answers.ts';
import { meetingsToAsk, unaskable, type MeetingRef } from '../dataset/meetings.ts';
import { meetingsOfDay, minutesOfRecord, mustAskList, SessionLists } from '../dataset/pending-units.ts';
import {
  listedReservationQuestions,
  participantsQuestion,
  qualityQuestions,
  roomsQuestion,
  type DayAsk,
  type Question,
  type QualitySource,
} from '../dataset/questions.ts';
import { mustAskSession } from '../dataset/sessions.ts';
import { StageReader } from '../dataset/stage.ts';
import type { Row } from '../tables/columns.ts';
import { RawFiles } from '../dataset/raw-files.ts';
import { joinedRecord } from '../dataset/joined-parts.ts';
import { readRecord, writeRecord } from '../dataset/records.ts';
import { lastAnswer, newRecord, type StoredFile, type UnitRecord } from '../dataset/unit-record.ts';
import { countSheetRows } from '../dataset/single.ts';
import { profileNamed } from './profiles.ts';
import type { Deps, IdentityKind } from './deps.ts';
import { emptyStatus } from './lists.ts';
import { onFiles } from './on-files.ts';
import { listKey, SessionPlaces, type UnitPlace } from './session-places.ts';
import type { DayWindow } from './settings.ts';

export interface StoreExportInput {
  profile: string;
  resource: ExportResource;
  request: Record<string, unknown>;
  location: UnitPlace;
  task_id: string;
  /** Who made the task. */
  identity?: IdentityKind;
  file: StoredFile;
  unknown_creates: number;
  calls: Record<string, number>;
  /** End of what was asked about, unix seconds, where an empty file may mean "not yet". */
  settles_after?: number;
  /** When the task was created, unix seconds: its file says nothing of what came after. Absent: now. */
  asked_at?: number;
}
export interface StoredExport {
  status: UnitStatus;
  rows: number;
}

/** A meeting of a plan: what requests need, where its list lies, and whether that list is asked for again. */
export interface PendingMeeting extends MeetingRef {
  list_again: boolean;
  /** Rows of the list that is there already; 0 without one. */
  listed: number;
}
export interface PendingSession {
  /** Its name, see `sessionName`. */
  session: string;
  /** Of the run's sources, the one or both that are still to be asked. */
  source: QualitySource;
}

export interface PendingMeetingsInput {
  profile: string;
  location: StageLocation & { kind: 'day' };
  window: DayWindow;
  day: DayAsk;
  /** Index of the first meeting to plan. */
  cursor: number;
  limit: number;
  refresh: Refresh;
  /** Unix ms. */
  fetched_since: number;
}
export interface PendingSessionsInput {
  profile: string;
  /** Key of a stored list, or the unit that it was fetched as in the same place. */
  participants: string;
  source: QualitySource;
  user_id_type: string;
  location: StageLocation;
  cursor: number;
  limit: number;
  refresh: Refresh;
  fetched_since: number;
}

export function stageActivities(deps: Deps) {
  const { store } = deps;
  const lists = new SessionLists(store);
  const places = new SessionPlaces(deps, lists);

  const freshness = (input: { refresh: Refresh; fetched_since: number }): Freshness => ({
    refresh: input.refresh,
    fetched_since: input.fetched_since,
    settle_hours: deps.settleHours,
  });

  return {
    /**
     * Reads a downloaded file to its end and notes the unit as done.
     * @throws ApplicationFailure `UnreadableFile` where the bytes or the layout are bad; nothing is noted then
     */
    async storeExport(input: StoreExportInput): Promise<StoredExport> {
      const { profile, resource, task_id, unknown_creates, calls } = input;
      return await onFiles(async () => {
        const asked = { profile, place: input.location, asked: input.request, via: 'export' } as const;
        const { location, request } = await places.of(asked);
        const file = { key: exportFileKey(location, task_id), ...input.file };
        const rows = await countSheetRows(store, { resource, file });
        const askedAt = input.asked_at ?? Math.floor(Date.now() / 1000);
        const settlesAfter = input.settles_after ?? null;
        const empty = settlesAfter === null ? 'empty' : emptyStatus(deps, askedAt, settlesAfter);
        const status = rows > 0 ? 'done' : empty;
        const record = newRecord(location, {
          via: 'export',
          status,
          reason: rows > 0 ? null : 'an empty file',
          asked_at: askedAt,
          request,
          files: [file],
          rows,
          pages: 1,
          task_id,
          ...(input.identity && { identity: input.identity }),
          unknown_creates,
          calls,
          settles_after: settlesAfter,
        });
        await writeRecord(store, location, record);
        return { status, rows };
      });
    },

    /** Notes a unit whose window had to be cut: its files are those of its parts. */
    async joinParts(input: {
      location: UnitLocation;
      request: Record<string, unknown>;
      parts: UnitLocation[];
    }): Promise<{ rows: number }> {
      const { location, request, parts } = input;
      return await onFiles(async () => {
        const found = await Promise.all(parts.map((part) => readRecord(store, part)));
        const [first, ...others] = found.filter((part) => part !== null);
        if (!first || others.length + 1 < parts.length) {
          // An earlier try joined them, and went on to remove them.
          const joined = await readRecord(store, location);
          if (joined && lastAnswer(joined).generation === location.generation) return { rows: joined.rows };
          throw new Error('a part of the window has no record');
        }
        const record = joinedRecord([first, ...others], { unit: location.unit, request });
        const { rows } = record;
        await writeRecord(store, location, record);
        await Promise.all(parts.map((part) => store.remove(recordKey(part))));
        return { rows };
      });
    },

    /** Notes that a unit failed, or that Feishu has nothing (yet); rows that are known of it stay. */
    async recordFailure(input: {
      profile: string;
      location: UnitPlace;
      reason: string;
      request: Record<string, unknown>;
      via: 'list' | 'export';
      /** Set where the reason is that Feishu has no data. */
      no_data?: { settles_after: number };
      calls?: Record<string, number>;
      unknown_creates?: number;
      /** When it was asked for, unix seconds. Absent where nobody was, or nobody knows: now. */
      asked_at?: number;
    }): Promise<{ status: UnitStatus }> {
      const { profile, reason, via, no_data } = input;
      return await onFiles(async () => {
        const askedAt = input.asked_at ?? Math.floor(Date.now() / 1000);
        const status = no_data ? emptyStatus(deps, askedAt, no_data.settles_after) : 'failed';
        const found = await places.find({ profile, place: input.location, asked: input.request, via });
        // Of a session that its list has no more nothing is kept.
        if (found === null) return { status };
        const { location, request } = found;
        const { unknown_creates = 0, calls = {} } = input;
        const cost = { unknown_creates, calls, settles_after: no_data?.settles_after ?? null };
        const record = newRecord(location, { via, status, reason, asked_at: askedAt, request, ...cost });
        await writeRecord(store, location, record);
        return { status };
      });
    },

    /** Which of these lists have to be asked for. `day`: how the day is asked for, so what the answers must be to. */
    async pendingUnits(input: {
      locations: UnitLocation[];
      window: DayWindow;
      day: DayAsk;
      refresh: Refresh;
      fetched_since: number;
    }): Promise<{ ask: boolean[] }> {
      const { day, window } = input;
      const asked = { day, window, freshness: freshness(input) };
      return await onFiles(async () => ({
        ask: await Promise.all(input.locations.map((location) => mustAskList(store, location, asked))),
      }));
    },

    /** What of L4 is to be asked for, once the list of rooms is there: it takes one of them. */
    async pendingReservationLists(input: {
      profile: string;
      location: StageLocation;
      window: DayWindow;
      day: DayAsk;
      refresh: Refresh;
      fetched_since: number;
    }): Promise<{ total: number; ask: Pick<Question, 'unit' | 'request'>[] }> {
      const { location, day, window } = input;
      return await onFiles(async () => {
        const zone = (await profileNamed(deps, input.profile)).timeZone;
        const rooms = await readRecord(store, { ...location, resource: 'rooms', unit: 'rooms' });
        const isThere = isOfUse(rooms, roomsQuestion({ ...day, ...window }));
        const room = rooms && isThere ? await orNull(() => new StageReader(store, zone).anyRoom(rooms)) : null;
        const questions = listedReservationQuestions({ ...day, ...window }, room).filter(
          (_, index) => index < 2 * window.reservation_windows.length,
        );
        const ask: Pick<Question, 'unit' | 'request'>[] = [];
        const raw = new RawFiles(store);
        for (const question of questions) {
          const { resource, unit, request } = question;
          const record = await readRecord(store, { ...location, resource, unit }, raw);
          const asked = { question, freshness: freshness(input) };
          if (await mustAskOrLost(raw, record, asked)) ask.push({ unit, request });
        }
        return { total: questions.length, ask };
      });
    },

    /** A slice of the day's meetings, in a stable order. `next_cursor` is null at the end. */
    async pendingMeetings(
      input: PendingMeetingsInput,
    ): Promise<{ total: number; meetings: PendingMeeting[]; next_cursor: number | null }> {
      const { location, window, cursor, limit } = input;
      return await onFiles(async () => {
        const zone = (await profileNamed(deps, input.profile)).timeZone;
        const day = { ...input.day, ...window };
        const wanted = { window: { fromUnix: window.from, toUnix: window.to }, day };
        const rows = await meetingsOfDay(store, location, zone, wanted);
        const all = meetingsToAsk(rows).toSorted((a, b) => (a.ref.meeting_key < b.ref.meeting_key ? -1 : 1));
        const raw = new RawFiles(store);
        const meetings = await Promise.all(
          all.slice(cursor, cursor + limit).map(async ({ ref: meeting, rows: own }): Promise<PendingMeeting> => {
            const question = participantsQuestion(meeting, day);
            const list: UnitLocation = { ...location, resource: 'participant_list', unit: meeting.meeting_key };
            const record = await readRecord(store, list, raw);
            const isUnlikely = record?.rows === 0 && own.some(countsPeople);
            const asked = { question, freshness: freshness(input) };
            const list_again = (isUnlikely && input.fetched_since === 0) || (await mustAskOrLost(raw, record, asked));
            return { ...meeting, list_again, listed: record?.rows ?? 0 };
          }),
        );
        return { total: all.length, meetings, next_cursor: cursor + limit < all.length ? cursor + limit : null };
      });
    },

    /** A slice of a meeting's participant-sessions: those to ask about, and what became of the others. */
    async pendingSessions(input: PendingSessionsInput): Promise<{
      total: number;
      sessions: PendingSession[];
      settled: Partial<Record<UnitStatus, number>>;
      next_cursor: number | null;
    }> {
      const { location, participants, source, user_id_type, cursor, limit } = input;
      return await onFiles(async () => {
        const zone = (await profileNamed(deps, input.profile)).timeZone;
        const all = await lists.of(zone, listKey(participants, location));
        const read = (record: UnitRecord) => minutesOfRecord(store, zone, record);
        const sessions: PendingSession[] = [];
        const settled: Partial<Record<UnitStatus, number>> = {};
        const settle = (status: UnitStatus) => (settled[status] = (settled[status] ?? 0) + 1);
        for (const [name, session] of [...all].slice(cursor, cursor + limit)) {
          if (unaskable(session) !== null) {
            settle('skipped');
            continue;
          }
          const questions = qualityQuestions(session.meeting, session, { source, user_id_type });
          const records = await Promise.all(
            questions.map(({ resource, unit }) => readRecord(store, { ...location, resource, unit })),
          );
          const asked = { session, freshness: freshness(input), read };
          const isStale = await Promise.all(
            questions.map((question, index) => mustAskSession(records[index] ?? null, question, asked)),
          );
          const stale = sourcesToAsk(source, isStale);
          if (stale !== null) sessions.push({ session: name, source: stale });
          else settle(worstOf(records.map((record) => (record ? lastAnswer(record) : NEVER_ASKED))).status);
        }
        return {
          total: all.size,
          sessions,
          settled,
          next_cursor: cursor + limit < all.size ? cursor + limit : null,
        };
      });
    },

    /** The meetings of the number that a place's list was asked for, those that start in the window. */
    async readMeetings(input: { profile: string; location: StageLocation; window: DayWindow }): Promise<MeetingRef[]> {
      return await onFiles(async () => {
        const { location, window } = input;
        const zone = (await profileNamed(deps, input.profile)).timeZone;
        const wanted = { window: { fromUnix: window.from, toUnix: window.to }, day: null };
        const all = meetingsToAsk(await meetingsOfDay(store, location, zone, wanted)).map(({ ref }) => ref);
        // Feishu may answer with more than it was asked for.
        const list = await readRecord(store, { ...location, resource: 'meeting_list', unit: 'list' });
        return all.filter(({ meeting_no }) => meeting_no === list?.request['meeting_no']);
      });
    },
  };
}

const NEVER_ASKED = { status: 'failed' } as const;

/** An empty list of such a meeting is asked for again. */
function countsPeople({ number_of_participants: count }: Row): boolean {
  return typeof count === 'number' && count > 0;
}

/** `isStale`: of a session's questions in the order of `qualityQuestions`. Null where none is. */
function sourcesToAsk(source: QualitySource, isStale: boolean[]): QualitySource | null {
  const [list = false, file = false] = isStale;
  if (source !== 'both') return list ? source : null;
  if (list && file) return 'both';
  return list ? 'list' : file ? 'export' : null;
}
