/** Rows of the table `quality_minutes`: one session, from the list, the export or both. */
import type { Quality } from '../feishu/contract.ts';
import { sourceColumns } from './columns.ts';
import type { Row } from './columns.ts';
import { meetingKey, Ordinals, rowKey, sessionKey } from './keys.ts';
import { minuteOf, qualityRecords } from './quality-list.ts';
import type { ReadContext, SourceRecord } from './records.ts';
import { inColumns, unixAt } from './rows.ts';
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

/** A minute of either source or of both. */
interface Minute {
  unix: number | null;
  list?: SourceRecord;
  exported?: SourceRecord;
}

/** Order of time; what has no readable time comes last. */
function byMinute(a: Minute, b: Minute): number {
  return a.unix === b.unix ? 0 : (a.unix ?? Number.POSITIVE_INFINITY) - (b.unix ?? Number.POSITIVE_INFINITY);
}

/**
 * One row for each minute, in the order of time; minutes that a source has twice are numbered by `ordinal`, and the
 * first of the list goes with the first of the export.
 *
 * Where both have a value the list's stands, so that a run of both sources and one of the list alone, the default,
 * agree; the export's is named in `conflicts`: `{"audio_jitter_ms_sent":{"list":4,"export":5}}`.
 */
export function qualityRows({ identity, list, exported }: QualityRowsInput, context: ReadContext): Row[] {
  const minutes = new Map<string, Minute>();
  if (list !== undefined) collect(minutes, 'list', qualityRecords(list, context));
  if (exported !== undefined) collect(minutes, 'exported', exported);

  const meeting = meetingKey(identity.meeting_no, identity.meeting_start_time);
  const id = 'user_id' in identity ? { user_id: identity.user_id } : { room_id: identity.room_id };
  const session = sessionKey(meeting, id, identity.join_time);
  const ordinals = new Ordinals();
  return [...minutes.values()].toSorted(byMinute).map((minute) => {
    const time = minute.unix === null ? null : isoOfUnix(minute.unix);
    const ordinal = ordinals.next(time);
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
}

function collect(minutes: Map<string, Minute>, source: 'list' | 'exported', records: Iterable<SourceRecord>): void {
  const ordinals = new Ordinals();
  for (const record of records) {
    const unix = unixAt(record.values, 'time');
    const start = unix === null ? null : minuteOf(unix);
    const key = JSON.stringify([start, ordinals.next(start)]);
    const minute = minutes.get(key) ?? { unix: start };
    minutes.set(key, minute);
    minute[source] = record;
  }
}

const VALUES = sourceColumns('participant_quality_list').filter(({ name }) => name !== 'time');

function conflictsOf({ list, exported }: Minute): string | null {
  if (list === undefined || exported === undefined) return null;
  const conflicts: Record<string, { list: Row[string]; export: Row[string] }> = {};
  for (const { name } of VALUES) {
    const fromList = list.values[name] ?? null;
    const fromExport = exported.values[name] ?? null;
    if (fromList !== null && fromExport !== null && fromList !== fromExport) {
      conflicts[name] = { list: fromList, export: fromExport };
    }
  }
  return Object.keys(conflicts).length === 0 ? null : JSON.stringify(conflicts);
}

function merged({ list, exported }: Minute): SourceRecord {
  if (list === undefined || exported === undefined) return list ?? exported ?? { values: {} };
  const values: Row = {};
  for (const { name } of VALUES) values[name] = list.values[name] ?? exported.values[name] ?? null;
  if (list.unparsed === undefined && exported.unparsed === undefined) return { values };
  return { values, unparsed: { ...exported.unparsed, ...list.unparsed } };
}
