/**
 * Tells people what they would otherwise have to look for: a backfill has ended, a person is needed, days stay incomplete after
 * their last look.
 *
 * It looks on from outside, at what the Temporal server and the store know, now and then and in every worker that has a
 * receiver: no run waits for it or fails by it, and a run that was terminated is told of too. The marks see to it that one
 * worker tells, once (`marks.ts`).
 */
import { shellWord } from '../../model/shell-word.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import type { Deps, PersonNeeded } from '../../activities/index.ts';
import { tablesOf } from '../../dataset/commit-day.ts';
import { notifiedFolder, notifiedKey } from '../../dataset/storage-keys.ts';
import { tablesAsked } from '../../model/day-tables.ts';
import { isNotFound } from '../api-lease/lease-service.ts';
import type { Channel } from './channels.ts';
import { gapsOf } from './day-gaps.ts';
import { closedBackfills, daysLeftBehind, rangeOfRun, readEnded, type EndedBackfill } from './ended-backfills.ts';
import { Marks } from './marks.ts';
import { noticeId, plainNotice, type DaysIncomplete, type Notice } from './notice.ts';

const LOOK_EVERY_MS = 10_000;
/** Ends that nobody was told of while no worker ran. */
const LOOK_BACK_MS = 7 * 86_400_000;
/** The server's list of closed runs is late by seconds; clocks differ. */
const OVERLAP_MS = 10 * 60_000;
/** A wait that was not seen for so long is over: where it comes again, people are told again. */
const OVER_AFTER_MS = 10 * 60_000;

export interface NotifierOptions {
  channels: readonly Channel[];
  deps: Pick<Deps, 'client' | 'store' | 'profile' | 'profileNames' | 'apiLeaseState'>;
  taskQueue: string;
  logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** Unix ms. */
  nowMs?: () => number;
}

/** A notice without what depends on its causes. */
type Draft = Notice extends infer N ? (N extends Notice ? Omit<N, 'version' | 'id' | 'at'> : never) : never;

export class Notifier {
  readonly #o: NotifierOptions;
  readonly #nowMs: () => number;
  readonly #marks: Marks;
  /** Run ids of which nothing more is to be told. */
  readonly #done = new Set<string>();
  /** Marks of waits that are not seen any more, and since when. */
  readonly #gone = new Map<string, number>();
  /** When each receiver was set up: what ended before is no news to it. */
  readonly #begunMs = new Map<string, number>();
  #lookedAtMs: number | null = null;
  #isStopping = false;

  constructor(options: NotifierOptions) {
    this.#o = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#marks = new Marks(options.deps.store, this.#nowMs);
  }

  /** Looks once, and tells. Rejects where the server or the store does not answer; the next look makes up for it. */
  async look(): Promise<void> {
    await this.#tellOfPeople();
    await this.#tellOfRuns();
  }

  /** What is being sent is sent to its end; nothing more is begun. */
  stop(): void {
    this.#isStopping = true;
  }

  async #tellOfRuns(): Promise<void> {
    const { client, profile } = this.#o.deps;
    const lookedAtMs = this.#nowMs();
    const sinceMs = await this.#sinceMs();
    const closed = await closedBackfills(client, { taskQueue: this.#o.taskQueue, sinceMs });
    const failures: unknown[] = [];
    let isSettled = true;
    for (const info of closed) {
      if (this.#isStopping) return;
      if (this.#done.has(info.runId)) continue;
      try {
        const run = await endedOrGone(client, info);
        const zone = run === null ? undefined : profile(run.profile)?.timeZone;
        // Whoever serves that profile tells of it.
        const isOver = run === null || zone === undefined || run.isPlan || (await this.#tellOfRun(run, zone));
        if (isOver) this.#done.add(info.runId);
        else isSettled = false;
      } catch (error) {
        // The others have ended too.
        failures.push(error);
      }
    }
    for (const runId of this.#done) if (!closed.some((info) => info.runId === runId)) this.#done.delete(runId);
    if (failures.length > 0) throw failures[0];
    // What could not be told yet has to be found again.
    if (isSettled) this.#lookedAtMs = lookedAtMs;
  }

  async #sinceMs(): Promise<number> {
    for (const { name } of this.#o.channels) {
      if (!this.#begunMs.has(name)) this.#begunMs.set(name, await this.#marks.since(notifiedKey(name, 'since')));
    }
    const lookedMs = (this.#lookedAtMs ?? this.#nowMs() - LOOK_BACK_MS) - OVERLAP_MS;
    return Math.max(Math.min(...this.#begunMs.values()), lookedMs);
  }

  /** @returns whether nothing more is to be told of it */
  async #tellOfRun(run: EndedBackfill, timeZone: string): Promise<boolean> {
    const { profile, workflowId, status, failure, counts, schedule, closedAtMs } = run;
    const channels = this.#o.channels.filter((channel) => (this.#begunMs.get(channel.name) ?? 0) <= closedAtMs);
    const name = schedule === null ? null : nameOf(schedule.id);
    const isTold = await this.#tell(channels, [['ended', run.runId]], () => ({
      kind: 'backfill_ended',
      profile,
      command: `feishu-vc backfill status ${shellWord(workflowId)}`,
      workflow_id: workflowId,
      schedule: name,
      status,
      failure,
      range: rangeOfRun(run, timeZone),
      counts,
    }));
    if (name === null) return isTold;
    const days = await this.#incomplete(run, timeZone);
    const causeOf = (day: string) => ['day', profile, day];
    const areTold = await this.#tell(
      channels,
      days.map(({ day }) => causeOf(day)),
      (taken) => {
        const told = days.filter(({ day }) => taken.has(causeOf(day).join('/')));
        const command = commandFor(run, told);
        return { kind: 'days_incomplete', profile, command, schedule: name, days: told };
      },
    );
    return isTold && areTold;
  }

  async #incomplete(run: EndedBackfill, timeZone: string): Promise<DaysIncomplete['days']> {
    const { client, store } = this.#o.deps;
    const days: DaysIncomplete['days'] = [];
    const tables = tablesOf(tablesAsked(run.input));
    for (const day of await daysLeftBehind(client, run, timeZone)) {
      const gaps = await gapsOf(store, { profile: run.profile, day }, tables);
      if (gaps !== null) days.push({ day, gaps });
    }
    return days;
  }

  async #tellOfPeople(): Promise<void> {
    const { deps } = this.#o;
    const states = new Map<string, ReturnType<Deps['apiLeaseState']>>();
    for (const name of deps.profileNames()) {
      const quotaOf = deps.profile(name)?.quotaOf;
      if (quotaOf === undefined) continue;
      if (!states.has(quotaOf)) states.set(quotaOf, deps.apiLeaseState(quotaOf));
      const { held, troubles } = await states.get(quotaOf)!;
      // What a process that is gone has said may be over.
      if (!held || this.#isStopping) continue;
      const needed = troubles.flatMap(({ person, sinceMs }) =>
        person?.profile === name ? [{ ...person, sinceMs }] : [],
      );
      for (const each of needed) await this.#tellOfPerson(each);
      await this.#forgetPeople(name, needed);
    }
  }

  async #tellOfPerson({ profile, command, sinceMs }: PersonNeeded & { sinceMs: number }): Promise<void> {
    await this.#tell(this.#o.channels, [['person', profile, command]], () => ({
      kind: 'person_needed',
      profile,
      command,
      since: new Date(sinceMs).toISOString(),
    }));
  }

  async #forgetPeople(profile: string, needed: readonly PersonNeeded[]): Promise<void> {
    for (const { name } of this.#o.channels) {
      const seen = new Set(needed.map(({ command }) => notifiedKey(name, 'person', profile, command)));
      for (const key of await this.#marks.below(notifiedFolder(name, 'person', profile))) {
        if (seen.has(key)) {
          this.#gone.delete(key);
          continue;
        }
        const goneSinceMs = this.#gone.get(key) ?? this.#nowMs();
        this.#gone.set(key, goneSinceMs);
        if (this.#nowMs() - goneSinceMs < OVER_AFTER_MS) continue;
        await this.#marks.forget(key, goneSinceMs);
        this.#gone.delete(key);
      }
    }
  }

  /**
   * Tells each receiver of those causes that it was not told of.
   * @param draft of the causes, their parts joined by `/`, that it is told of now
   * @returns whether nothing more is to be done about any of them
   */
  async #tell(
    channels: readonly Channel[],
    causes: readonly string[][],
    draft: (causes: ReadonlySet<string>) => Draft,
  ): Promise<boolean> {
    let isSettled = true;
    for (const channel of channels) {
      if (this.#isStopping) return false;
      const byKey = new Map(causes.map((cause) => [notifiedKey(channel.name, ...cause), cause.join('/')]));
      const { taken, settled } = await this.#marks.take([...byKey.keys()]);
      isSettled &&= settled;
      if (taken.length === 0) continue;
      const told = taken.map((key) => byKey.get(key) ?? '');
      const drafted = draft(new Set(told));
      // A wait that comes again is another one.
      const id = noticeId('since' in drafted ? [...told, drafted.since] : told);
      const notice = plainNotice({ version: 1, id, at: new Date(this.#nowMs()).toISOString(), ...drafted });
      if (!(await this.#send(channel, { notice, keys: taken }))) isSettled = false;
    }
    return isSettled;
  }

  /** @returns false where it will be tried again */
  async #send(channel: Channel, { notice, keys }: { notice: Notice; keys: string[] }): Promise<boolean> {
    const fields = { receiver: channel.name, kind: notice.kind, id: notice.id };
    const delivery = await channel.send(notice);
    if (delivery.is === 'delivered') {
      this.#o.logger.info(fields, 'a notification was sent');
      return true;
    }
    const isTriedAgain = delivery.is === 'refused' && (await this.#marks.giveBack(keys));
    const next = isTriedAgain ? 'it will be tried again' : 'it will not be tried again';
    this.#o.logger.warn({ ...fields, why: delivery.why }, `a notification was not taken: ${next}`);
    return !isTriedAgain;
  }
}

/** Null: its history is gone by now. */
async function endedOrGone(client: Client, info: WorkflowExecutionInfo): Promise<EndedBackfill | null> {
  try {
    return await readEnded(client, info);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isNotFound(error)) return null;
    throw error;
  }
}

/** `feishu-vc/schedule/nightly`: as the command line knows it. */
function nameOf(scheduleId: string): string {
  return /\/schedule\/([^/]+)$/.exec(scheduleId)?.[1] ?? scheduleId;
}

/** Asks for what is missing, as the schedule asks. */
function commandFor({ input, profile }: EndedBackfill, days: DaysIncomplete['days']): string {
  const range = `--from ${days[0]?.day} --to ${days.at(-1)?.day}`;
  const asked = ASKED.flatMap((field) => {
    const value: unknown = input[field];
    const flag = `--${field.replaceAll('_', '-')}`;
    if (value === true) return [flag];
    if (Array.isArray(value)) return value.length === 0 ? [] : [`${flag} ${shellWord(value.join(','))}`];
    return typeof value === 'string' ? [`${flag} ${shellWord(value)}`] : [];
  });
  return ['feishu-vc backfill start', `--profile ${shellWord(profile)}`, range, '--refresh missing', ...asked].join(
    ' ',
  );
}

/** Fields of a backfill that say what of a day is asked, and how. */
const ASKED = [
  'include',
  'listing',
  'source',
  'user_id_type',
  'room_level_id',
  'include_external_meetings',
  'include_webinar',
  'enrich',
  'fan_out',
] as const;

/** Looks on until it is closed. A look that fails is said once, until one that does not. */
export function startNotifier(options: NotifierOptions): { close(): Promise<void> } {
  const notifier = new Notifier(options);
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    let isFailing = false;
    while (!stopping.signal.aborted) {
      try {
        await notifier.look();
        isFailing = false;
      } catch (error) {
        if (!isFailing)
          options.logger.warn({ err: error }, 'what people are to be told cannot be looked up; it goes on');
        isFailing = true;
      }
      await delay(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const running = options.channels.length === 0 ? Promise.resolve() : run();
  return {
    close: async () => {
      notifier.stop();
      stopping.abort();
      await running;
      await Promise.all(options.channels.map((channel) => channel.close()));
    },
  };
}
