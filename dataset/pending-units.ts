/** What the stage has of a day's lists, meetings and people: what further questions are made of. */
import type { DayWindow } from '../model/calendar.ts';
import type { Row } from '../tables/columns.ts';
import type { SessionMinutes } from '../tables/quality-rows.ts';
import { readingUntil } from '../sheets/index.ts';
import type { Store } from '../store/store.ts';
import type { StageLocation, UnitLocation } from './storage-keys.ts';
import { isOfUse, type Freshness } from './answers.ts';
import { mustAskOrLost, orNull } from './lost-answers.ts';
import {
  listQuestion,
  meetingsQuestion,
  needsMeetingList,
  type DayAsk,
  type DayTimes,
  type QualitySource,
  type Question,
} from './questions.ts';
import { RawFiles } from './raw-files.ts';
import { readRecord, readRecordAt } from './records.ts';
import type { UnitRecord } from './unit-record.ts';
import { sessionName } from './session-name.ts';
import { listedSessions, type ListedSession } from './sessions.ts';
import { StageReader } from './stage.ts';
import { endedMeetingsQuestion, mustLookFor, type MeetingLooks } from './under-way.ts';

/** The day as a run asks for it: unix seconds, `asked_at` being now. */
interface AskedWindow extends DayTimes {
  asked_at: number;
  time_zone: string;
}

/**
 * The meetings that a place's lists have and that start in the window. `day`: how it is asked for; a list that it does not
 * need, or that answers another question, gives none. Null: whatever the lists have.
 */
export async function meetingsOfDay(
  store: Store,
  location: StageLocation,
  zone: string,
  { window, day }: { window: DayWindow; day: (DayAsk & DayTimes) | null },
): Promise<Row[]> {
  const record = async (unit: 'export' | 'list') => {
    const found = await readRecord(store, { ...location, resource: 'meeting_list', unit });
    return day === null || isOfUse(found, meetingsQuestion(unit, day)) ? (found ?? undefined) : undefined;
  };
  const exported = await record('export');
  const listed = day === null || needsMeetingList(day) ? await record('list') : undefined;
  const read = async (list: UnitRecord | undefined) =>
    (await new StageReader(store, zone).meetings(exported, list, window)).rows;
  // Without the list, which is a part of the day, its file has the others.
  return (await orNull(() => read(listed))) ?? (await read(undefined));
}

/** Whether a list of a day is asked for. A list of meetings whose files cannot be read is as good as none. */
export async function mustAskList(
  store: Store,
  location: UnitLocation,
  { day, window, freshness }: { day: DayAsk; window: AskedWindow; freshness: Freshness },
): Promise<boolean> {
  const asked = { ...day, ...window };
  const looks: MeetingLooks = {
    day: asked,
    reader: new StageReader(store, window.time_zone),
    recordOf: (unit) => readRecord(store, { ...location, unit }),
  };
  const mustAskFor = async (question: Question | null) => {
    const raw = new RawFiles(store);
    return (
      question === null || (await mustAskOrLost(raw, await readRecord(store, location, raw), { question, freshness }))
    );
  };
  const { resource, unit } = location;
  if (resource !== 'meeting_list') return await mustAskFor(listQuestion(location, asked));
  const must = await orNull(async () =>
    isLookFor(unit)
      ? await mustLookFor(unit, looks, window.asked_at)
      : await mustAskFor(await endedMeetingsQuestion(unit === 'list' ? 'list' : 'export', looks)),
  );
  return must ?? true;
}

const isLookFor = (unit: string) => unit === 'ongoing' || unit === 'ongoing-list';

/** `key`: of the record of a participant list. */
export async function participantsOfList(store: Store, zone: string, key: string): Promise<Row[]> {
  return await participantsOf(store, zone, await readRecordAt(store, key));
}

async function participantsOf(store: Store, zone: string, record: UnitRecord | null): Promise<Row[]> {
  if (!record || record.files.length === 0) return [];
  return await new StageReader(store, zone).participants(record);
}

export async function sessionsOfList(store: Store, zone: string, key: string): Promise<ListedSession[]> {
  return listedSessions(await participantsOfList(store, zone, key));
}

/** The minutes of a session's record; null where its files are gone or cannot be read. @throws StoreError for a store that is away */
export async function minutesOfRecord(store: Store, zone: string, record: UnitRecord): Promise<SessionMinutes | null> {
  const [listed, exported] = record.via === 'list' ? [record, undefined] : [undefined, record];
  return await orNull(() => new StageReader(store, zone).quality(listed, exported));
}

/** Of all lists together, a few megabytes; a list that has more is kept alone. */
const KEPT_SESSIONS = 20_000;

/** By their names outside of the store, in the order of their list. */
type NamedSessions = ReadonlyMap<string, ListedSession>;

interface KeptList {
  sessions: Promise<NamedSessions>;
  /** 0 while it is read. */
  size: number;
}

/**
 * The sessions of participant lists, for readers that take them in slices or one by one: a list is read once, however many
 * ask for it at a time.
 */
export class SessionLists {
  readonly #store: Store;
  /** By what was read, so that a list that has changed is read anew. The least recently used is the first. */
  readonly #kept = new Map<string, KeptList>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** `key`: of the record of a participant list. */
  async of(zone: string, key: string): Promise<NamedSessions> {
    const record = await readRecordAt(this.#store, key);
    if (!record) return new Map();
    const id = [zone, key, ...record.files.map(({ sha256 }) => sha256)].join(' ');
    const list = this.#kept.get(id) ?? this.#read(id, zone, record);
    this.#kept.delete(id);
    this.#kept.set(id, list);
    // Of a list that cannot be read any more nobody is known.
    return (await orNull(() => list.sessions)) ?? new Map<string, ListedSession>();
  }

  #read(id: string, zone: string, record: UnitRecord): KeptList {
    // Others may come to wait for it: it does not end with whoever was the first to ask.
    const list: KeptList = { sessions: readingUntil(undefined, () => this.#named(zone, record)), size: 0 };
    list.sessions.then(
      ({ size }) => {
        list.size = size;
        this.#dropOldest();
      },
      () => this.#kept.delete(id),
    );
    return list;
  }

  async #named(zone: string, record: UnitRecord): Promise<NamedSessions> {
    const secret = await this.#store.secret();
    const sessions = listedSessions(await participantsOf(this.#store, zone, record));
    return new Map(sessions.map((session) => [sessionName(secret, session.session_key), session]));
  }

  #dropOldest(): void {
    let size = [...this.#kept.values()].reduce((sum, list) => sum + list.size, 0);
    for (const [id, list] of this.#kept) {
      if (size <= KEPT_SESSIONS || this.#kept.size === 1) return;
      size -= list.size;
      this.#kept.delete(id);
    }
  }
}

/** The units that a session's quality is fetched by: one for each source. */
export function qualityUnits(location: StageLocation, sessionKey: string, source: QualitySource): UnitLocation[] {
  const vias = source === 'both' ? ['list', 'export'] : [source];
  return vias.map((via) => ({ ...location, resource: 'participant_quality_list', unit: `${sessionKey}.${via}` }));
}
