/** The calls that a day of a backfill takes, by endpoint. Fractions of calls: they are rounded when days are added up. */
import { addCounts } from '../../model/units.ts';
import type { DayCount, Pace } from '../../activities/index.ts';
import { PAGE_SIZE, type ExportResource } from '../../feishu/contract.ts';
import type { BackfillInput } from '../input.ts';
import type { Shares } from './shares.ts';

/** No latency of a task is documented. With tasks of 0.1 to 30 s the benchmarks see 1 to 1.2 looks for each. */
const POLLS_PER_TASK = 1.09;

export interface PlannedDay {
  count: DayCount;
  /** Meetings of the day after, which the same list shows. */
  meetings_after: number;
  /** Windows that reservations are asked for in. */
  reservation_windows: number;
}

export interface Rates {
  shares: Shares;
  tasks: Pace['tasks'];
  /** Pages of the list of rooms. */
  room_pages: number;
}

export function callsOfDay(input: BackfillInput, day: PlannedDay, rates: Rates): Record<string, number> {
  const { include, listing, source, enrich } = input;
  const { count } = day;
  const { shares } = rates;
  const calls: Record<string, number> = {};
  const addTasks = (create: string, resource: ExportResource, tasks: number) =>
    addCounts(calls, { [create]: tasks, E5: tasks * (rates.tasks[resource]?.polls ?? POLLS_PER_TASK), E6: tasks });
  const quality = include.includes('quality_minutes');
  if (include.some((table) => table !== 'reservations')) {
    addTasks('E1', 'meeting_list', 1);
    const pages = Math.max(1, Math.ceil((count.meetings + day.meetings_after) / PAGE_SIZE));
    if (enrich.includes('meetings')) addCounts(calls, { L1: pages });
  }
  if (quality || include.includes('participants')) {
    if (listing === 'export') addTasks('E2', 'participant_list', count.askable);
    else addCounts(calls, { L2: count.participant_pages * shares.participant_pages });
  }
  if (quality && source !== 'export') addCounts(calls, { L3: count.quality_pages * shares.quality_pages });
  if (quality && source !== 'list') addTasks('E3', 'participant_quality_list', count.devices * shares.askable);
  if (include.includes('reservations')) {
    addTasks('E4', 'resource_reservation_list', day.reservation_windows);
    addCounts(calls, { R2: rates.room_pages });
    // One room, and the others.
    if (enrich.includes('reservations')) addCounts(calls, { L4: 2 * day.reservation_windows });
  }
  return calls;
}

export function roundedCalls(days: readonly Record<string, number>[]): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const day of days) addCounts(calls, day);
  return Object.fromEntries(Object.entries(calls).map(([endpoint, count]) => [endpoint, Math.round(count)]));
}
