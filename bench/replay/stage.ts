/** Where scenarios run, and how the histories of their runs become fixtures. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRule } from '../../sandbox/index.ts';
import type { TrueMeeting, TrueParticipant } from '../../sandbox/truth.ts';
import { addDays } from '../../model/calendar.ts';
import { findDay, topLevel, type World } from '../../test/support/day.ts';
import { historyToJson } from '../../test/support/history-json.ts';
import { ROOT } from '../../test/support/tree.ts';

const FOLDER = join(ROOT, 'test/replay');

/** A run of a workflow, as its id and run id name it. */
export interface RunRef {
  workflowId: string;
  runId?: string | undefined;
}

interface Event {
  eventType: string;
  childWorkflowExecutionStartedEventAttributes?: {
    workflowExecution: { workflowId: string; runId: string };
    workflowType: { name: string };
  };
  workflowExecutionContinuedAsNewEventAttributes?: { newExecutionRunId: string };
}

/** Waits for all, so that none works on servers that a failed one has closed. @throws the first failure */
export async function together(scenarios: Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(scenarios);
  await Promise.all(scenarios);
}

/** A fixture that nothing records any more would otherwise stay for ever. Those of releases stay. */
export async function clearFixtures(): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const unreleased = (await readdir(FOLDER)).filter((file) => /^[a-z0-9-]+\.json$/.test(file));
  for (const file of unreleased) await rm(join(FOLDER, file));
}

function isOrdinary(meetings: TrueMeeting[]): boolean {
  return meetings.length > 3 && meetings.every((meeting) => meeting.meeting_duration_s < 86_400);
}

/** One tenant and the worker of its queue. Scenarios run side by side: each takes days and faults of its own. */
export class Stage {
  readonly world: Omit<World, 'close'>;
  readonly #suffix: string;
  #nextDay = '2025-04-01';

  /** `release`: of the code that runs; null between releases. */
  constructor(world: Omit<World, 'close'>, release: string | null) {
    this.world = world;
    this.#suffix = release === null ? '' : `@${release}`;
  }

  /** A day that no other scenario uses, with meetings, all of them short. */
  day(): string {
    const { tenant } = this.world.sandbox;
    const day = findDay(tenant, this.#nextDay, isOrdinary);
    // An export of a day's meetings looks into the next day.
    this.#nextDay = addDays(day, 2);
    return day;
  }

  get roomLevel(): string {
    return topLevel(this.world.sandbox.tenant);
  }

  /** The body of an export of a day's meetings. */
  window(day: string): { start_time: string; end_time: string } {
    const { from, to } = this.world.sandbox.tenant.dayRange(day);
    return { start_time: String(from), end_time: String(to) };
  }

  /** What makes an `exportDay` of this day, and nothing else, meet the fault when it asks for the day's meetings. */
  matchDay(day: string): { start_time: string } {
    return { start_time: this.window(day).start_time };
  }

  /** A meeting of the day, and one of its people that quality can be asked about. */
  session(day: string) {
    const { tenant } = this.world.sandbox;
    const { from, to } = tenant.dayRange(day);
    for (const meeting of tenant.meetings(from, to)) {
      const people = tenant
        .participants(meeting)
        .filter((each) => each.user_ids && tenant.quality(meeting, each).length);
      if (people[0] && !meeting.is_external && !meeting.is_webinar) return refsOf(meeting, people[0]);
    }
    throw new Error(`nobody in the meetings of ${day} has minutes`);
  }

  fault(...rules: FaultRule[]): void {
    this.world.sandbox.faults.add(...rules);
  }

  /** Waits for the end, whatever it is, and keeps the history. */
  async record(name: string, run: RunRef & { result?: () => Promise<unknown> }): Promise<Event[]> {
    // What it ends with is part of the history.
    await run.result?.().catch(() => undefined);
    return await this.keep(name, run);
  }

  /** Keeps the history as it is now. */
  async keep(name: string, run: RunRef): Promise<Event[]> {
    const events = await this.#eventsOf(run);
    const lines = events.map((event) => JSON.stringify(event)).join(',\n');
    await writeFile(join(FOLDER, `${name}${this.#suffix}.json`), `{"events":[\n${lines}\n]}\n`);
    console.log(`${name}: ${events.length} events, ${Math.ceil(lines.length / 1024)} KiB`);
    return events;
  }

  /** Keeps the first two runs and the last one of a chain that continues as new. */
  async keepChain(name: string, first: RunRef): Promise<void> {
    const chain = [first];
    for (let run: RunRef = first; ;) {
      const last = (await this.#eventsOf(run)).at(-1);
      const runId = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
      if (runId === undefined) break;
      run = { workflowId: run.workflowId, runId };
      chain.push(run);
    }
    if (chain.length < 2) throw new Error(`${name} did not continue as new`);
    for (const [index, run] of chain.entries()) {
      if (index < 2 || index === chain.length - 1) await this.keep(`${name}-run-${index + 1}`, run);
    }
  }

  /** Waits until the sandbox has seen a call that fits. */
  async called(endpoint: string, match: Record<string, string>): Promise<void> {
    const fits = (params: Record<string, string>) =>
      Object.entries(match).every(([name, value]) => params[name] === value);
    const { ledger } = this.world.sandbox;
    while (!ledger.calls.some((call) => call.endpoint === endpoint && fits(call.params))) await sleep(20);
  }

  async #eventsOf({ workflowId, runId }: RunRef): Promise<Event[]> {
    const handle = this.world.client.temporal.workflow.getHandle(workflowId, runId);
    const history = JSON.stringify(historyToJson(await handle.fetchHistory()), withoutTraces);
    const { events } = JSON.parse(history) as { events: Event[] };
    return events;
  }
}

/** Process and host names and stack traces tell of the machine that recorded, and replay does not read them. */
function withoutTraces(key: string, value: unknown): unknown {
  return key === 'identity' || key === 'stackTrace' ? undefined : value;
}

/** The run of the first child of a type. */
export function childOf(events: readonly Event[], type: string): RunRef {
  for (const event of events) {
    const started = event.childWorkflowExecutionStartedEventAttributes;
    if (started?.workflowType.name === type) return started.workflowExecution;
  }
  throw new Error(`no child of type ${type}`);
}

function refsOf(meeting: TrueMeeting, participant: TrueParticipant) {
  const { meeting_no, meeting_start_time, meeting_end_time } = meeting;
  const { user_ids, join_time } = participant;
  const user_id = user_ids?.open_id ?? '';
  return {
    meeting: {
      meeting_no,
      meeting_start_time: String(meeting_start_time),
      meeting_end_time: String(meeting_end_time),
    },
    participant: { user_id, join_time: String(join_time) },
    /** Parameters of the calls that ask about this session. */
    match: { meeting_start_time: String(meeting_start_time), user_id, join_time: String(join_time) },
  };
}
