/**
 * A day that is asked for without a server: what is to be asked is decided by the product's activities, the answers are a
 * small tenant's, the records are those that the activities write, and the commit is the product's.
 */
import { MockActivityEnvironment } from '@temporalio/testing';
import { vi } from 'vitest';
import type { Deps } from '../../activities/deps.ts';
import { SessionPlaces } from '../../activities/session-places.ts';
import { stageActivities, type PendingSession } from '../../activities/stage.ts';
import { tableActivities } from '../../activities/tables.ts';
import type { CommittedDay } from '../../model/committed-day.ts';
import { readManifest, type Manifest } from '../../dataset/manifest.ts';
import { reservationWindows } from '../../dataset/questions.ts';
import type { Enrichment } from '../../model/day-tables.ts';
import { writeRecord } from '../../dataset/records.ts';
import { putJsonGz } from '../../dataset/stored-json.ts';
import type { RawFile } from '../../dataset/unit-record.ts';
import { exportFileKey, pageKey, type DayLocation, type UnitLocation } from '../../dataset/storage-keys.ts';
import type { ExportResource } from '../../feishu/contract.ts';
import { dayWindow } from '../../model/calendar.ts';
import type { Refresh, UnitStatus } from '../../model/units.ts';
import type { Store } from '../../store/store.ts';
import { readParquet, type Row } from '../../store/parquet.ts';
import type { TableName } from '../../tables/columns.ts';
import { KEEP, type Policy } from '../../tables/privacy.ts';
import * as feishu from './small-tenant.ts';
import type { IdKind, SmallTenant, TenantMeeting, TenantPerson } from './small-tenant.ts';

export const ZONE = 'Asia/Shanghai';
export const DAY = '2026-10-01';
export const { fromUnix: FROM, toUnix: TO } = dayWindow(DAY, ZONE);
export const HOUR = 3600;

export interface Ask {
  include: Exclude<TableName, 'units'>[];
  listing: 'list' | 'export';
  source: 'list' | 'export' | 'both';
  user_id_type: IdKind;
  room_level_id: string | null;
  include_external_meetings: boolean;
  include_webinar: boolean;
  enrich: Enrichment[];
}

export const ASK: Ask = {
  include: ['meetings', 'participants', 'quality_minutes'],
  listing: 'list',
  source: 'list',
  user_id_type: 'open_id',
  room_level_id: null,
  include_external_meetings: false,
  include_webinar: false,
  enrich: [],
};

/**
 * What comes of a call: all there is, a refusal, "no such meeting", an answer without rows, an answer that is cut off, a
 * file with a further sheet that nobody knows or that is hidden, a page that comes twice; of minutes in a list, elements that have none of
 * the known names, and minutes that are five later.
 */
export type Outcome =
  'ok' | 'failed' | 'no-data' | 'empty' | 'cut' | 'another sheet' | 'hidden sheet' | 'twice' | 'renamed' | 'shifted';
export interface Call {
  resource: UnitLocation['resource'];
  unit: string;
  via: 'list' | 'export';
}

export interface RunOptions {
  /** Unix seconds: when the run begins; each call takes a second. */
  at: number;
  refresh?: Refresh;
  fetchedSince?: number;
  outcome?: (call: Call) => Outcome;
  /** The code that comes with `no-data`. */
  code?: string;
  /** What the answer has instead of what the tenant gives: elements of a list, rows of a file. */
  alter?: (call: Call, items: Record<string, unknown>[]) => Record<string, unknown>[];
  /** Whether those under way are asked for, where a run would: without it as where Feishu does not say. */
  ongoing?: boolean;
  product?: string;
  privacy?: Policy;
  onOvertaken?: Deps['onOvertaken'];
  /** Of each file: creates whose answer was lost. */
  unknownCreates?: number;
}

export interface RunResult {
  manifest: Manifest;
  /** What the day's history says of it. */
  told: CommittedDay;
  /** What was asked, by resource, unit and way. */
  calls: Call[];
  /** The day was not asked: what is committed stands for it. */
  sealed: boolean;
  /** As the run ends with. */
  complete: boolean;
}

/** What a run asked for and did not commit yet. */
export interface Asking {
  ask: Ask;
  options: RunOptions;
  location: DayLocation;
  window: { time_zone: string; from: number; to: number; ask_until: number; asked_at: number };
}

/** By how much `shifted` is late. */
export const SHIFT_S = 300;

const NO_DATA = '126009';
const ITEMS = {
  meeting_list: 'meeting_list',
  participant_list: 'participants',
  participant_quality_list: 'participant_quality_list',
  resource_reservation_list: 'room_reservation_list',
  rooms: 'rooms',
} as const;

export class StagedDay {
  readonly store: Store;
  readonly tenant: SmallTenant;
  readonly #setClock: (ms: number) => unknown;
  readonly #calls: Call[] = [];
  #now = 0;
  #tasks = 0;

  /** `setClock`: where the clock that activities read is another than a test's. */
  constructor(store: Store, tenant: SmallTenant, setClock: (ms: number) => unknown = (ms) => vi.setSystemTime(ms)) {
    this.store = store;
    this.tenant = tenant;
    this.#setClock = setClock;
  }

  /** As `exportDay` asks for a day. `Date` is to be a fake. @throws where the meetings' file fails, as a run does */
  async run(ask: Ask, options: RunOptions): Promise<RunResult> {
    const sealed = options.refresh === 'unsettled' ? await this.#sealed(ask, options) : null;
    if (sealed) return { ...sealed, calls: [], sealed: true, complete: sealed.told.complete };
    const told = await this.commit(await this.stage(ask, options));
    const manifest = await readManifest(this.store, { profile: 'default', day: DAY });
    return { manifest: manifest!, told, calls: [...this.#calls], sealed: false, complete: told.complete };
  }

  /** All of a run but its commit. */
  async stage(ask: Ask, options: RunOptions): Promise<Asking> {
    this.#begun(options);
    const deps = this.#deps(options);
    const asking = { ask, options, location: this.#location(options), window: this.#window() };
    if (ask.include.some((table) => table !== 'reservations')) await this.#askMeetings(deps, asking);
    if (ask.include.includes('reservations')) await this.#askReservations(deps, asking);
    if (ask.include.includes('participants') || ask.include.includes('quality_minutes')) {
      await this.#askPeople(deps, asking);
    }
    return asking;
  }

  async commit({ ask, options, location, window }: Asking): Promise<CommittedDay> {
    const input = {
      profile: 'default',
      location,
      window: { ...window, reservation_windows: [] },
      include: ask.include,
    };
    return await this.#activity(() => tableActivities(this.#deps(options)).commitDay({ ...input, day: ask, ...ask }));
  }

  async rows(table: TableName | 'days'): Promise<Row[]> {
    const key = `tables/${table}/profile=default/day=${DAY}/data.parquet`;
    if (!(await this.store.exists(key))) return [];
    return await this.store.withLocalFiles([key], async (pathOf) => {
      const rows: Row[] = [];
      for await (const row of readParquet(pathOf(key))) rows.push(row);
      return rows;
    });
  }

  #begun({ at }: RunOptions): void {
    this.#calls.length = 0;
    this.#now = at;
    this.#setClock(at * 1000);
  }

  #location({ at }: RunOptions): DayLocation {
    return { kind: 'day', profile: 'default', day: DAY, generation: at * 1000 };
  }

  #window() {
    const ask_until = Math.max(FROM + 1, Math.min(TO + 24 * HOUR, this.#now));
    return { time_zone: ZONE, from: FROM, to: TO, ask_until, asked_at: this.#now };
  }

  #deps({ product = 'test', privacy = KEEP, onOvertaken }: RunOptions): Deps {
    const profile = { name: 'default', timeZone: ZONE, apiHost: 'https://open.feishu.cn' };
    const deps = {
      store: this.store,
      settleHours: 6,
      privacy,
      product,
      ...(onOvertaken && { onOvertaken }),
      profile: () => profile,
      profileNames: () => ['default'],
    };
    return deps as unknown as Deps;
  }

  async #activity<T>(run: () => Promise<T>): Promise<T> {
    // As long as the workflows give it; the environment's own default is a second.
    return (await new MockActivityEnvironment({ startToCloseTimeoutMs: 30 * 60_000 }).run(run)) as T;
  }

  async #sealed(ask: Ask, options: RunOptions) {
    this.#begun(options);
    const location = this.#location(options);
    const input = { location, include: ask.include, day: ask };
    const told = await this.#activity(() => tableActivities(this.#deps(options)).sealedDay(input));
    return told && { manifest: (await readManifest(this.store, location))!, told };
  }

  async #mustAsk(deps: Deps, { ask, options, window }: Asking, locations: UnitLocation[]): Promise<boolean[]> {
    const { refresh = 'all', fetchedSince = 0 } = options;
    const input = { locations, window: { ...window, reservation_windows: [] }, day: ask, refresh };
    const { ask: must } = await this.#activity(() =>
      stageActivities(deps).pendingUnits({ ...input, fetched_since: fetchedSince }),
    );
    return must;
  }

  async #askMeetings(deps: Deps, asking: Asking): Promise<void> {
    const { ask, options, location } = asking;
    const at = (unit: string) => ({ ...location, resource: 'meeting_list' as const, unit });
    const units = ['export', 'list', 'ongoing', 'ongoing-list'].map(at);
    const [askFile, lacksList, lookInFile, lookInList] = await this.#mustAsk(deps, asking, units);
    const { user_id_type, include_external_meetings, include_webinar } = ask;
    const needsList = include_external_meetings || include_webinar || ask.enrich.includes('meetings');
    const askList = lacksList === true && needsList;
    const flags = { include_external_meetings, include_webinar };
    if (options.ongoing === true) {
      const range = { from: FROM, to: this.#now + 24 * HOUR };
      const request = { start_time: String(FROM), end_time: String(range.to), user_id_type, meeting_status: 1 };
      const found = (hasExternal: boolean) => this.#meetings({ ...range, status: 'ongoing' }, hasExternal);
      if (askFile === true && lookInFile === true) {
        const rows = () => found(false).map((meeting) => feishu.meetingCells(meeting, this.#now));
        await this.#exportFile(deps, options, { to: at('ongoing'), request, rows });
      }
      if (askList && lookInList === true) {
        const items = () => found(include_external_meetings).map((each) => feishu.meetingItem(each, this.#now));
        const asked = { ...request, ...flags };
        await this.#list(options, { to: at('ongoing-list'), request: asked, items, settlesAfter: null });
      }
      asking.window = this.#window();
    }
    const range = { from: asking.window.from, to: asking.window.ask_until };
    const request = { start_time: String(range.from), end_time: String(range.to), user_id_type };
    if (askFile === true) {
      const rows = () => this.#meetings(range, false).map((meeting) => feishu.meetingCells(meeting, this.#now));
      if (!(await this.#exportFile(deps, options, { to: at('export'), request, rows }))) throw new Error('no meetings');
    }
    if (!askList) return;
    const items = () =>
      this.#meetings(range, include_external_meetings).map((meeting) => feishu.meetingItem(meeting, this.#now));
    await this.#list(options, { to: at('list'), request: { ...request, ...flags }, items, settlesAfter: null });
  }

  #meetings(range: Omit<Parameters<typeof feishu.meetingsAt>[1], 'at'>, hasExternal: boolean): TenantMeeting[] {
    const all = feishu.meetingsAt(this.tenant, { ...range, at: this.#now });
    return all.filter((meeting) => meeting.external !== true || hasExternal);
  }

  async #askReservations(deps: Deps, asking: Asking): Promise<void> {
    const { ask, options, location } = asking;
    const { room_level_id } = ask;
    const starts = [FROM, FROM + 12 * HOUR, FROM + 24 * HOUR].filter((start) => start <= this.#now);
    const units = starts.map((_, index) => ({
      ...location,
      resource: 'resource_reservation_list' as const,
      unit: `window-${index + 1}`,
    }));
    const rooms: UnitLocation = { ...location, resource: 'rooms', unit: 'rooms' };
    const [askRooms, ...askWindows] = await this.#mustAsk(deps, asking, [rooms, ...units]);
    if (askRooms === true) {
      const items = () =>
        [...new Set(this.tenant.bookings.map(({ room }) => room))].map((name) => ({ room_id: `omm_${name}`, name }));
      await this.#list(options, { to: rooms, request: { room_level_id }, items, settlesAfter: null });
    }
    if (ask.enrich.includes('reservations')) await this.#listReservations(deps, asking);
    for (const [index, start] of starts.entries()) {
      if (askWindows[index] !== true) continue;
      const end = start + 24 * HOUR;
      const request = { room_level_id, need_topic: true, start_time: String(start), end_time: String(end) };
      const rows = () =>
        this.tenant.bookings
          .filter((each) => each.start < end && each.end > start)
          .map((booking) => feishu.bookingCells(booking));
      await this.#exportFile(deps, options, { to: units[index]!, request, rows });
    }
  }

  async #listReservations(deps: Deps, { ask, options, location, window }: Asking): Promise<void> {
    const fresh = { refresh: options.refresh ?? ('all' as const), fetched_since: options.fetchedSince ?? 0 };
    const { fromUnix, toUnix } = { fromUnix: window.from, toUnix: window.to };
    const reservation_windows = reservationWindows({ fromUnix, toUnix }).filter(({ from }) => from <= this.#now);
    const input = { profile: 'default', location, day: ask, window: { ...window, reservation_windows } };
    const { ask: asks } = await this.#activity(() =>
      stageActivities(deps).pendingReservationLists({ ...input, ...fresh }),
    );
    for (const { unit, request } of asks) {
      const [from, to] = [Number(request['start_time']), Number(request['end_time'])];
      const isNamed = (room: string) => (request['room_ids'] ?? []).includes(`omm_${room}`);
      const items = () =>
        this.tenant.bookings
          .filter(
            ({ start, end, room }) => start < to && end > from && isNamed(room) !== (request['is_exclude'] === 'true'),
          )
          .map((booking) => feishu.bookingItem(booking));
      const at: UnitLocation = { ...location, resource: 'resource_reservation_list', unit };
      await this.#list(options, { to: at, request, items, settlesAfter: null });
    }
  }

  async #askPeople(deps: Deps, asking: Asking): Promise<void> {
    const { ask, options, location, window } = asking;
    const fresh = { refresh: options.refresh ?? ('all' as const), fetched_since: options.fetchedSince ?? 0 };
    const slice = { window: { ...window, reservation_windows: [] }, cursor: 0, limit: 1000 };
    const plan = await this.#activity(() =>
      stageActivities(deps).pendingMeetings({ profile: 'default', location, day: ask, ...slice, ...fresh }),
    );
    for (const meeting of plan.meetings) {
      if (!meeting.askable) continue;
      const to = { ...location, resource: 'participant_list' as const, unit: meeting.meeting_key };
      const { meeting_no, meeting_start_time, meeting_end_time } = meeting;
      const identity = { meeting_no, meeting_start_time, meeting_end_time };
      const truth = this.#meeting(identity);
      if (meeting.list_again) await this.#askList(deps, asking, { to, identity, truth });
      if (!ask.include.includes('quality_minutes')) continue;
      const participants = meeting.meeting_key;
      const { source, user_id_type } = ask;
      const sessions = await this.#activity(() =>
        stageActivities(deps).pendingSessions({
          profile: 'default',
          location,
          participants,
          source,
          user_id_type,
          cursor: 0,
          limit: 1000,
          ...fresh,
        }),
      );
      for (const session of sessions.sessions) await this.#askMinutes(deps, asking, { session, participants, truth });
    }
  }

  #meeting({
    meeting_no,
    ...asked
  }: Record<'meeting_no' | 'meeting_start_time' | 'meeting_end_time', string>): TenantMeeting {
    const [from, to] = [Number(asked.meeting_start_time), Number(asked.meeting_end_time)];
    return this.tenant.meetings.find(({ no, start, end }) => no === meeting_no && start === from && end === to)!;
  }

  async #askList(
    deps: Deps,
    { ask, options }: Asking,
    { to, identity, truth }: { to: UnitLocation; identity: Record<string, string>; truth: TenantMeeting },
  ): Promise<void> {
    const request = { ...identity, user_id_type: ask.user_id_type };
    const people = () => feishu.shownAt(truth, this.#now);
    if (ask.listing === 'export') {
      await this.#exportFile(deps, options, { to, request, rows: () => people().map(feishu.personCells) });
    } else {
      const items = () => people().map((person) => feishu.personItem(person, ask.user_id_type));
      await this.#list(options, { to, request, items, settlesAfter: truth.end });
    }
  }

  async #askMinutes(
    deps: Deps,
    { ask, options, location }: Asking,
    { session, participants, truth }: { session: PendingSession; participants: string; truth: TenantMeeting },
  ): Promise<void> {
    const { user_id_type } = ask;
    const place = { ...location, session: session.session, participants };
    const asked: Record<string, string> = { user_id_type };
    const located = (via: 'list' | 'export') =>
      this.#activity(() => new SessionPlaces(deps).of({ profile: 'default', place, asked, via }));
    const { location: listed, request } = await located('list');
    const person = personOf(truth, request, user_id_type);
    const minutes = person ? feishu.minutesOf(feishu.saidAt(person, this.#now)) : [];
    if (session.source !== 'export') {
      const later = minutes.map((time) => time + SHIFT_S);
      const others = { renamed: minutes.map((time) => ({ of: time })), shifted: later.map(feishu.minuteItem) };
      const items = () => minutes.map(feishu.minuteItem);
      await this.#list(options, { to: listed, request, items, others, settlesAfter: truth.end });
    }
    if (session.source !== 'list') {
      const { location: to } = await located('export');
      const rows = () => minutes.map(feishu.minuteCells);
      await this.#exportFile(deps, options, { to, request, rows, settlesAfter: truth.end });
    }
  }

  #begin(to: UnitLocation, via: 'list' | 'export', options: RunOptions): Outcome {
    this.#now++;
    this.#setClock(this.#now * 1000);
    const call = { resource: to.resource, unit: to.unit, via };
    this.#calls.push(call);
    return options.outcome?.(call) ?? 'ok';
  }

  /** @returns whether there is a file */
  async #exportFile(
    deps: Deps,
    options: RunOptions,
    asked: {
      to: UnitLocation;
      request: Record<string, unknown>;
      rows: () => Record<string, string | null>[];
      settlesAfter?: number;
    },
  ): Promise<boolean> {
    const { to, request, settlesAfter } = asked;
    const outcome = this.#begin(to, 'export', options);
    const stage = stageActivities(deps);
    if (outcome === 'failed' || outcome === 'no-data') {
      const code = options.code ?? NO_DATA;
      const reason =
        outcome === 'failed' ? 'BadRequest: POST /x: HTTP 400, Feishu code 121003 "refused"' : `${code} none`;
      const noData = outcome === 'no-data' && settlesAfter !== undefined ? { settles_after: settlesAfter } : undefined;
      const note = {
        profile: 'default',
        location: to,
        reason,
        request,
        via: 'export' as const,
        ...(noData ? { no_data: noData } : {}),
      };
      await this.#activity(() => stage.recordFailure(note));
      return false;
    }
    const call: Call = { resource: to.resource, unit: to.unit, via: 'export' };
    const all = (options.alter?.(call, asked.rows()) ?? asked.rows()) as Record<string, string | null>[];
    const cut = to.resource === 'participant_list' ? all.slice(0, -1) : all.slice(0, 100);
    const rows = outcome === 'empty' ? [] : outcome === 'cut' ? cut : all;
    const resource = to.resource as ExportResource;
    const task_id = `task-${++this.#tasks}`;
    const beside = outcome === 'another sheet' || outcome === 'hidden sheet' ? outcome : undefined;
    const sheet = await feishu.sheet(resource, rows, { beside });
    const file = await this.store.put(exportFileKey(to, task_id), sheet);
    const settles = settlesAfter === undefined ? {} : { settles_after: settlesAfter };
    const input = {
      profile: 'default',
      resource,
      request,
      location: to,
      task_id,
      file,
      unknown_creates: options.unknownCreates ?? 0,
      ...settles,
    };
    await this.#activity(() => stage.storeExport({ ...input, calls: { E: 1 }, asked_at: this.#now }));
    return true;
  }

  /** As the last page of a list notes it. */
  async #list(
    { outcome: _outcome, code = NO_DATA, ...options }: RunOptions,
    asked: {
      to: UnitLocation;
      request: Record<string, unknown>;
      items: () => unknown[];
      others?: Partial<Record<Outcome, unknown[]>>;
      settlesAfter: number | null;
    },
  ): Promise<void> {
    const { to, request, settlesAfter } = asked;
    const outcome = this.#begin(to, 'list', { ...options, ...(_outcome ? { outcome: _outcome } : {}) });
    const call: Call = { resource: to.resource, unit: to.unit, via: 'list' };
    const all = options.alter?.(call, asked.items() as Record<string, unknown>[]) ?? asked.items();
    const cut = to.resource === 'participant_list' ? all.slice(0, -1) : all.slice(0, 100);
    const isNothing = outcome === 'failed' || outcome === 'no-data' || outcome === 'empty';
    const items = isNothing ? [] : outcome === 'cut' ? cut : (asked.others?.[outcome] ?? all);
    const files: RawFile[] = [];
    if (outcome !== 'failed' && outcome !== 'no-data') {
      const data = { [ITEMS[to.resource]]: items, has_more: false };
      for (let page = 1; page <= (outcome === 'twice' ? 2 : 1); page++) {
        files.push(await putJsonGz(this.store, pageKey(to, page), JSON.stringify({ code: 0, data })));
      }
    }
    const soon = settlesAfter !== null && this.#now < settlesAfter + 6 * HOUR;
    const none: UnitStatus = soon ? 'pending' : 'empty';
    const reasons = {
      failed: 'CallFailed: HTTP 500',
      'no-data': `${code} cannot find`,
      empty: null,
      ok: null,
      cut: null,
      'another sheet': null,
      'hidden sheet': null,
      twice: null,
      renamed: null,
      shifted: null,
    };
    await writeRecord(this.store, to, {
      version: 1,
      resource: to.resource,
      unit: to.unit,
      via: 'list',
      status: outcome === 'failed' ? 'failed' : items.length > 0 ? 'done' : none,
      reason: reasons[outcome] ?? (items.length > 0 ? null : 'an empty answer'),
      asked_at: this.#now,
      generation: to.generation,
      request,
      files,
      rows: items.length * files.length,
      pages: 1,
      task_id: null,
      unknown_creates: 0,
      calls: { L: 1 },
      settles_after: settlesAfter,
      later: null,
    });
  }
}

function personOf(meeting: TenantMeeting, asked: Record<string, string>, idKind: IdKind): TenantPerson | undefined {
  return meeting.people.find(
    (person) =>
      String(person.join) === asked['join_time'] &&
      (asked['user_id'] === undefined
        ? feishu.roomIdOf(person) === asked['room_id']
        : feishu.userIdOf(person, idKind) === asked['user_id']),
  );
}
