/**
 * When to look at an export task. Looks share one small quota (E5), so: while few tasks are under way, look after 2,
 * 4, 8 s and so on; while there are many, look once when such tasks are usually done, and spread the looks over what
 * the quota allows.
 */
import type { ExportResource } from '../../feishu/contract.ts';

const FIRST_LOOK_MS = 2000;
const LONGEST_STEP_MS = 60_000;
const REMEMBERED = 50;
/** Share of tasks that are done by the time of the look. */
const USUAL = 0.9;
/** A task of which nothing was heard for so long no longer counts as under way. */
const FORGOTTEN_AFTER_MS = 3_600_000;

export interface Look {
  quota: string;
  resource: ExportResource;
  /** Looks so far. */
  polls: number;
  ageMs: number;
  /** Least time between two looks that the quota allows, ms; 0 without a limit. */
  gapMs: number;
}

/** What tasks of a resource take. Seconds are from the create to the look that finds the task done. */
export interface TaskHabit {
  /** Means. */
  polls: number;
  seconds: number;
  longest_s: number;
}

export class PollSchedule {
  readonly #underWay = new Map<string, Map<string, number>>();
  readonly #durations = new Map<string, number[]>();
  readonly #ends = new Map<string, { polls: number; seconds: number }[]>();
  readonly #nowMs: () => number;
  readonly #random: () => number;

  constructor({
    nowMs = () => performance.now(),
    random = Math.random,
  }: { nowMs?: () => number; random?: () => number } = {}) {
    this.#nowMs = nowMs;
    this.#random = random;
  }

  created(quota: string, taskId: string): void {
    this.#tasks(quota).set(taskId, this.#nowMs());
  }

  /** A task seen processing; it may have been created by another process. */
  seen(quota: string, taskId: string): void {
    this.created(quota, taskId);
  }

  ended(
    quota: string,
    { taskId, resource, ageMs, polls }: { taskId: string; resource: ExportResource; ageMs: number; polls: number },
  ): void {
    this.#tasks(quota).delete(taskId);
    const ends = this.#ends.get(resource) ?? [];
    ends.push({ polls, seconds: ageMs / 1000 });
    this.#ends.set(resource, ends.slice(-REMEMBERED));
    const durations = this.#durations.get(resource) ?? [];
    // A task that was done at its first look was done earlier than that: it says little about how long such tasks take.
    durations.push(polls === 1 ? ageMs * 0.8 : ageMs);
    this.#durations.set(resource, durations.slice(-REMEMBERED));
  }

  /** Milliseconds until the next look. */
  nextPollMs({ quota, resource, polls, ageMs, gapMs }: Look): number {
    const tasks = this.#tasks(quota).size;
    const stepMs = Math.min(LONGEST_STEP_MS, FIRST_LOOK_MS * 2 ** polls);
    const fairShareMs = Math.max(1, tasks) * gapMs;
    const jitter = 0.9 + 0.2 * this.#random();
    if (fairShareMs <= FIRST_LOOK_MS * 4) return stepMs * jitter;
    const usual = this.#usualMs(resource);
    const untilUsualMs = usual === null ? fairShareMs : usual - ageMs;
    const waitMs = untilUsualMs > 0 ? untilUsualMs : fairShareMs / 2;
    return Math.max(stepMs, Math.min(waitMs, fairShareMs)) * jitter;
  }

  /** Of the last tasks that this process saw end; null where it saw none. */
  habitOf(resource: ExportResource): TaskHabit | null {
    const ends = this.#ends.get(resource) ?? [];
    if (ends.length === 0) return null;
    const seconds = ends.map((end) => end.seconds);
    return { polls: mean(ends.map(({ polls }) => polls)), seconds: mean(seconds), longest_s: Math.max(...seconds) };
  }

  #usualMs(resource: string): number | null {
    const durations = this.#durations.get(resource) ?? [];
    if (durations.length < 5) return null;
    return durations.toSorted((a, b) => a - b)[Math.floor(durations.length * USUAL)] ?? null;
  }

  #tasks(quota: string): Map<string, number> {
    const tasks = this.#underWay.get(quota) ?? new Map<string, number>();
    this.#underWay.set(quota, tasks);
    const oldest = this.#nowMs() - FORGOTTEN_AFTER_MS;
    for (const [taskId, atMs] of tasks) if (atMs < oldest) tasks.delete(taskId);
    return tasks;
  }
}

function mean(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
