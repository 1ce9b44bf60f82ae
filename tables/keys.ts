/**
 * Keys of rows: the first 32 hex digits of a SHA-256 over a JSON array, which no two different lists of parts share.
 * Instants enter as unix seconds or in UTC, so a key
 * does not depend on how a time was written.
 */
import { createHash } from 'node:crypto';

import type { TableName } from './columns.ts';
import type { Steps } from './steps.ts';

type Part = string | number | null;

/** Who a session belongs to. The name serves only where there is no id: guests, phone callers, rooms in the XLSX file. */
export type SessionId = { user_id: string } | { room_id: string } | { participant_name: string | null };

function hash(...parts: Part[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Meeting numbers are reused, number and start are not. `startUnix` is null where the start could not be read. */
export function meetingKey(meetingNo: string | null, startUnix: number | null): string {
  return hash('meeting', meetingNo, startUnix);
}

/** Names a further meeting that shares number and start with another one, and not its end. */
export function furtherMeetingKey(meeting: string, endUnix: string): string {
  return hash('further meeting', meeting, endUnix);
}

/** Rows that share it are one unit of work and are asked about once. The kind of id is part of the hash. */
export function sessionKey(meeting: string, id: SessionId, joinUnix: number | null): string {
  if ('user_id' in id) return hash('session', meeting, 'user_id', id.user_id, joinUnix);
  if ('room_id' in id) return hash('session', meeting, 'room_id', id.room_id, joinUnix);
  return hash('session', meeting, 'participant_name', id.participant_name, joinUnix);
}

/** `key`: the values of the table's key columns in their order, instants as in the row. */
export function rowKey(table: TableName, key: readonly Part[], ordinal: number): string {
  return hash('row', table, ...key, ordinal);
}

/**
 * Groups by key in the order in which the keys come, each group in the order of its members' content: whoever numbers
 * or pairs them does not depend on the order in which the source gave them, which Feishu does not document.
 */
export function* grouped<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
  compare: (a: T, b: T) => number,
): Steps<Map<string, T[]>> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
    yield;
  }
  for (const group of groups.values()) if (group.length > 1) group.sort(compare);
  return groups;
}
