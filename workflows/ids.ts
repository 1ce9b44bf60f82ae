/**
 * Workflow ids. Derived from what is asked, never random: the same work asked twice meets itself.
 * They carry no names and no user ids; meetings and participant-sessions go by their keys, which are hashes.
 */
import type { BackfillInput } from './input.ts';

/** The one id under which a day of a profile is fetched. Temporal runs an id once at a time: it is the day's lock. */
export function dayWorkflowId(profile: string, day: string): string {
  return `feishu-vc/day/${profile}/${day}`;
}

export function backfillWorkflowId(input: BackfillInput): string {
  return `feishu-vc/backfill/${input.profile}/${rangeName(input)}`;
}

function rangeName(input: BackfillInput): string {
  if (input.month !== undefined) return input.month;
  if (input.days_back) return `days-back-${input.days_back.from}-${input.days_back.to}`;
  return `${input.from}..${input.to}`;
}

/** `hash`: of the normalized input. */
export function singleWorkflowId(kind: 'export' | 'quality' | 'participant', profile: string, hash: string): string {
  return `feishu-vc/${kind}/${profile}/${hash}`;
}

export function childWorkflowId(parentId: string, part: string): string {
  return `${parentId}/${part}`;
}
