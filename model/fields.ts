/**
 * Fields that inputs have in common, each with what it takes and its bound: of workflows, of requests, and of the activities,
 * which any workflow of the namespace can schedule.
 */
import { z } from 'zod';
import { LIST_AT_MOST, TEXT_AT_MOST } from './bounds.ts';
import { isDay } from './calendar.ts';

export type Takes = { error: (issue: { input?: unknown }) => string };

export const takes = (what: string): Takes => ({
  error: (issue) => (issue.input === undefined ? `is missing; it takes ${what}` : `takes ${what}`),
});

/** A text of at most as many characters as an id may have. */
export const text = (what: string, atMost = TEXT_AT_MOST) => {
  const bounded = takes(`${what}, at most ${atMost} characters`);
  return z.string(takes(what)).min(1, takes(what)).max(atMost, bounded);
};
/** At most as many as a list may have. */
export const listOf = <T extends z.ZodType>(of: T, what: string, atMost = LIST_AT_MOST) =>
  z.array(of, takes(what)).max(atMost, takes(`${what}, at most ${atMost}`));

const UNIX = 'unix seconds, as a string or a number';
const unixSeconds = z
  .union([z.string(), z.number()], takes(UNIX))
  .transform((value) => String(value))
  .refine((value) => /^[1-9]\d{0,11}$/.test(value), takes(UNIX));
const MEETING_NO = 'a 9-digit meeting number';
const meetingNo = z
  .union([z.string().max(TEXT_AT_MOST, takes(MEETING_NO)), z.number()], takes(MEETING_NO))
  .transform((value) => String(value).replaceAll(/\s/g, ''))
  .refine((value) => /^\d{9}$/.test(value), takes(MEETING_NO));
const userIdType = z.enum(['open_id', 'union_id', 'user_id'], takes('"open_id", "union_id" or "user_id"'));
const PROFILE = 'the name of a profile of the worker';
const profileName = z
  .string(takes(PROFILE))
  .refine((value) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value), takes(`${PROFILE}: letters, digits, . _ -`));
const flag = z.boolean(takes('true or false'));
const ROOM_LEVEL = 'a room level id, omb_…';
const roomLevelId = text(ROOM_LEVEL).refine((value) => value.startsWith('omb_'), takes(ROOM_LEVEL));
const DAY = 'a day, YYYY-MM-DD';
/** An existing date. */
const day = z.string(takes(DAY)).max(10, takes(DAY)).refine(isDay, takes(DAY));
const source = z.enum(['list', 'export', 'both'], takes('"list", "export" or "both"'));
const listing = z.enum(['list', 'export'], takes('"list" or "export"'));

const FIELDS = { unixSeconds, meetingNo, userIdType, profileName, flag, roomLevelId, day, source, listing };
/**
 * Through a function, since Temporal freezes all that modules of workflows export, and a schema of zod completes itself
 * when it is first used.
 */
export const fields = (): typeof FIELDS => FIELDS;
