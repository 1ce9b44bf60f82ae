/**
 * What is still true of answers about overlapping windows, some of which are older than others: a window that failed, or
 * was not asked again, has an older run's answer, and a booking may have been moved or given up since.
 */
import { keyOf } from './reservation-rows.ts';
import type { SourceRecord } from './records.ts';
import { textAt, unixAt } from './rows.ts';
import type { Steps } from './steps.ts';

export interface WindowAnswer {
  /** Its parts, where it had to be cut. */
  windows: readonly (readonly SourceRecord[])[];
  /** Unix seconds: what was asked about. */
  from: number;
  to: number;
  /** Unix seconds. */
  asked_at: number;
  /** The generation of the run that asked. */
  run: number;
  /** Of which rooms. Answers about other rooms say nothing of each other. */
  scope: string;
}

/** The answers without what a newer one knows better, the oldest first. */
export function* stillTrue(answers: readonly WindowAnswer[]): Steps<SourceRecord[][]> {
  const ordered: (WindowAnswer & { keys: Set<string> })[] = [];
  for (const answer of answers.toSorted((a, b) => a.asked_at - b.asked_at)) {
    const keys = new Set<string>();
    for (const record of answer.windows.flat()) {
      keys.add(identityOf(record));
      yield;
    }
    ordered.push({ ...answer, keys });
  }
  const all: SourceRecord[][] = [];
  for (const [index, older] of ordered.entries()) {
    const newer = ordered.slice(index + 1).filter((each) => each.scope === older.scope && each.keys.size > 0);
    for (const records of older.windows) {
      const kept: SourceRecord[] = [];
      for (const record of records) {
        if (!newer.some((each) => isOutdated(record, older, each))) kept.push(record);
        yield;
      }
      all.push(kept);
    }
  }
  return all;
}

/**
 * Of two answers of one moment the one of the later window counts as the newer one. Two of three are enough: the newer answer has a reservation of the same room, start and reserver; it would have this one,
 * whatever a window means; it is a later run's. In one run a window that has none of it is no proof, nor is one of those
 * three by itself: two rooms may share a name.
 */
function isOutdated(record: SourceRecord, older: WindowAnswer, newer: WindowAnswer & { keys: Set<string> }): boolean {
  const has = newer.keys.has(identityOf(record));
  const covers = liesIn(record, newer);
  const isLaterRun = newer.run > older.run;
  return (has && covers) || (has && isLaterRun) || (covers && isLaterRun);
}

function identityOf(record: SourceRecord): string {
  const { values, unparsed } = record;
  return JSON.stringify([...keyOf(record), textAt(values, 'room_id'), unparsed?.['event_start_time']]);
}

function liesIn({ values }: SourceRecord, { from, to }: WindowAnswer): boolean {
  const [start, end] = [unixAt(values, 'event_start_time'), unixAt(values, 'event_end_time')];
  return start !== null && end !== null && start >= from && end <= to;
}
