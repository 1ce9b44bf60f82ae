/** Rows of the table `quality_minutes`: one session, from the list, the export or both. */
import type { Quality } from '../feishu/contract.ts';
import { sourceColumns } from './columns.ts';
import type { Row } from './columns.ts';
import { grouped, meetingKey, rowKey, sessionKey } from './keys.ts';
import { pairUp } from './pairing.ts';
import { minuteOf, qualityRecords, type Came } from './quality-list.ts';
import type { ReadContext, SourceRecord } from './records.ts';
import { byContent, inColumns, unixAt } from './rows.ts';
import { atOnce } from './steps.ts';
import { isoOfUnix } from '../model/calendar.ts';

/** The session that was asked for, as the request names it; instants in unix seconds. */
type QualityIdentity = { meeting_no: string; meeting_start_time: number; join_time: number } & (
  { user_id: string } | { room_id: string }
);

export interface QualityRowsInput {
  identity: QualityIdentity;
  /** Elements of L3, all pages in their order. Absent: the list was not asked. */
  list?: Iterable<Quality>;
  /** Records of the exported sheet. Absent: no export was made. */
  exported?: Iterable<SourceRecord>;
}

/** What the sources have of one session. */
export interface SessionMinutes {
  rows: Row[];
  /** Of each source, every element or row that came. */
  came: Record<'list' | 'export', Came[]>;
}

export const NO_MINUTES: SessionMinutes = { rows: [], came: { list: [], export: [] } };

/** A minute of either source or of both. */
interface Minute {
  unix: number | null;
  ordinal: number;
  list: SourceRecord | undefined;
  exported: SourceRecord | undefined;
}

/** Order of time; what has no readable time comes last. */
function byMinute(a: Minute, b: Minute): number {
  return a.unix === b.unix ? 0 : (a.unix ?? Number.POSITIVE_INFINITY) - (b.unix ?? Number.POSITIVE_INFINITY);
}

/**
 * One row for each minute, in the order of time; minutes that a source has twice are numbered by `ordinal` in the order
 * of their content, and each of the list goes with that of the export which agrees with it most.
 *
 * Where both have a value the list's stands, so that a run of both sources and one of the list alone, the default,
 * agree; the export's is named in `conflicts`: `{"audio_jitter_ms_sent":{"list":4,"export":5}}`.
 */
export function qualityRows({ identity, list, exported }: QualityRowsInput, context: ReadContext): SessionMinutes {
  const listed = qualityRecords(list ?? [], context);
  const filed = [...(exported ?? [])];
  const minutes = minutesOf(listed.records, filed);
  const meeting = meetingKey(identity.meeting_no, identity.meeting_start_time);
  const id = 'user_id' in identity ? { user_id: identity.user_id } : { room_id: identity.room_id };
  const session = sessionKey(meeting, id, identity.join_time);
  const rows = minutes.toSorted(byMinute).map((minute) => {
    const time = minute.unix === null ? null : isoOfUnix(minute.unix);
    const { ordinal } = minute;
    return inColumns(
      'quality_minutes',
      {
        ...id,
        row_key: rowKey('quality_minutes', [session, time], ordinal),
        meeting_key: meeting,
        session_key: session,
        ordinal,
        meeting_no: identity.meeting_no,
        meeting_start_time: isoOfUnix(identity.meeting_start_time),
        join_time: isoOfUnix(identity.join_time),
        time,
        source: minute.list === undefined ? 'export' : minute.exported === undefined ? 'list' : 'both',
        conflicts: conflictsOf(minute),
      },
      merged(minute),
    );
  });
  return { rows, came: { list: listed.came, export: filed.map(cameIn) } };
}

/** The minutes of both sources, each minute's numbered from 1. */
function minutesOf(list: readonly SourceRecord[], exported: readonly SourceRecord[]): Minute[] {
  const compare = byContent('quality_minutes');
  const groupsOf = (records: readonly SourceRecord[]) => atOnce(grouped(records, minuteText, compare));
  const bySource = { list: groupsOf(list), exported: groupsOf(exported) };
  const minutes = new Set([...bySource.list.keys(), ...bySource.exported.keys()]);
  return [...minutes].flatMap((minute) => {
    const own = bySource.list.get(minute) ?? [];
    const { partners, alone } = pairUp(own, bySource.exported.get(minute) ?? [], disputed);
    const unix: number | null = JSON.parse(minute);
    return [
      ...own.map((record, index) => ({ unix, list: record, exported: partners[index] })),
      ...alone.map((record) => ({ unix, list: undefined, exported: record })),
    ].map((one, index) => ({ ...one, ordinal: index + 1 }));
  });
}

function minuteIn({ values }: SourceRecord): number | null {
  const unix = unixAt(values, 'time');
  return unix === null ? null : minuteOf(unix);
}

function cameIn(record: SourceRecord): Came {
  const isMeasured = VALUES.some(({ name }) => (record.values[name] ?? null) !== null);
  return { minute: minuteIn(record), isMeasured };
}

function minuteText(record: SourceRecord): string {
  return JSON.stringify(minuteIn(record));
}

/** In how many cells both have a value, and not the same. */
function disputed(list: SourceRecord, exported: SourceRecord): number {
  return Object.keys(disputes(list, exported)).length;
}

const VALUES = sourceColumns('participant_quality_list').filter(({ name }) => name !== 'time');

function disputes(
  list: SourceRecord,
  exported: SourceRecord,
): Record<string, { list: Row[string]; export: Row[string] }> {
  const found: Record<string, { list: Row[string]; export: Row[string] }> = {};
  for (const { name } of VALUES) {
    const fromList = list.values[name] ?? null;
    const fromExport = exported.values[name] ?? null;
    if (fromList !== null && fromExport !== null && fromList !== fromExport) {
      found[name] = { list: fromList, export: fromExport };
    }
  }
  return found;
}

function conflictsOf({ list, exported }: Minute): string | null {
  if (list === undefined || exported === undefined) return null;
  const found = disputes(list, exported);
  return Object.keys(found).length === 0 ? null : JSON.stringify(found);
}

function merged({ list, exported }: Minute): SourceRecord {
  if (list === undefined || exported === undefined) return list ?? exported ?? { values: {} };
  const values: Row = {};
  for (const { name } of VALUES) values[name] = list.values[name] ?? exported.values[name] ?? null;
  if (list.unparsed === undefined && exported.unparsed === undefined) return { values };
  return { values, unparsed: { ...exported.unparsed, ...list.unparsed } };
}
