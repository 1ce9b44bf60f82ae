/**
 * Workflow ids. Derived from what is asked, never random: the same work asked twice meets itself. They begin with the
 * task queue (`feishu-vc` unless configured), so that two deployments in one namespace keep out of each other's way.
 * They carry no names and no user ids: a meeting goes by its key, which is a hash of number and start, a session by the name that
 * it has outside of the store, which cannot be tried out.
 */
import type { BackfillInput } from './input.ts';

/**
 * The one id under which a day of a profile is fetched. Temporal runs an id once at a time: it is the day's lock.
 * @param scope what the store of the day is bound to: the queue that was the first to use it for this profile. Runs of
 * other queues on the same store take the same id, runs on other stores do not.
 */
export function dayWorkflowId(scope: string, profile: string, day: string): string {
  return `${scope}/day/${profile}/${day}`;
}

/** A plan has an id of its own, so that a range can be planned while it is fetched. */
export function backfillWorkflowId(taskQueue: string, input: BackfillInput): string {
  return `${taskQueue}/${input.dry_run ? 'plan' : 'backfill'}/${input.profile}/${rangeName(input)}`;
}

function rangeName(input: BackfillInput): string {
  if (input.month !== undefined) return input.month;
  if (input.days_back) return `days-back-${input.days_back.from}-${input.days_back.to}`;
  return `${input.from}..${input.to}`;
}

/** `hash`: of the normalized input. */
export function singleWorkflowId(
  taskQueue: string,
  kind: 'export' | 'quality' | 'participant',
  { profile, hash }: { profile: string; hash: string },
): string {
  return `${taskQueue}/${kind}/${profile}/${hash}`;
}

/** Priority keys, the lower the sooner; Temporal's default is 3. What a person waits for goes before a backfill's bulk. */
export const PRIORITY = { person: 1, backfill: 5 } as const;

/** Of all calls below a run: runs take turns, however many children each has. Temporal takes at most 64 bytes. */
export function fairnessKey(workflowId: string): string {
  return workflowId.slice(-64);
}

export function childWorkflowId(parentId: string, part: string): string {
  return `${parentId}/${part}`;
}
