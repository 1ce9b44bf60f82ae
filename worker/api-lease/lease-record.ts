/**
 * What the holder of a lease leaves to the next one, as the heartbeat details of the lease activity: recent calls, and
 * what kept calls from being made.
 */
import { z } from 'zod';
import type { ApiTrouble } from '../../activities/index.ts';
import type { PacerState } from '../../feishu/pacer.ts';
import { quotaOfBucket } from './shards.ts';

/** Tells a record from every other one. */
export interface Beat {
  /** Of the task of the holder that wrote it, in base64: with it the lease is taken from that holder and from no later one. */
  token: string;
  /** Counts the records of that holder. */
  number: number;
}

export interface LeaseRecord extends PacerState {
  beat?: Beat | undefined;
  troubles?: ApiTrouble[] | undefined;
  /** Whoever sees this record for so long without a newer one may take the lease. Absent: only the server ends it. */
  takeOverMs?: number | undefined;
}

const troublesSchema = z.array(
  z.object({
    scope: z.string(),
    reason: z.string(),
    sinceMs: z.number(),
    person: z.object({ profile: z.string(), command: z.string() }).optional(),
  }),
);
const beatSchema = z.object({ token: z.string().min(1), number: z.number() });
const recordSchema = z.object({
  v: z.literal(1),
  buckets: z.record(
    z.string(),
    z.object({ answeredMsAgo: z.array(z.number()), pushBackMs: z.number().positive().optional() }),
  ),
  capped: z.record(z.string(), z.number()).optional(),
  waiting: z.array(z.string()).optional(),
  troubles: troublesSchema.optional(),
  beat: beatSchema.optional(),
  takeOverMs: z.number().positive().optional(),
});

/** The server's wall clock is trusted to be right by this much. */
const CLOCK_MARGIN_MS = 60_000;

/** As heartbeat details. */
export function writeRecord(record: LeaseRecord | undefined): unknown {
  return record === undefined ? undefined : { v: 1, ...record };
}

/** @throws Error for a record that a newer version wrote; undefined where there is none */
export function readRecord(details: unknown): LeaseRecord | undefined {
  if (details === undefined) return undefined;
  const record = recordSchema.safeParse(details);
  if (record.success) return record.data;
  // Going on without it could exceed a limit; a process of that version will take over.
  throw new Error('cannot read the record of recent calls; `temporal activity reset --reset-heartbeats` clears it', {
    cause: record.error,
  });
}

/** Of any version that says them in this way. */
export function readTroubles(details: unknown): ApiTrouble[] {
  const said = z.object({ troubles: troublesSchema }).safeParse(details);
  return said.success ? said.data.troubles : [];
}

/** Of any version that says them in this way. */
export function readTakeOver(details: unknown): Pick<LeaseRecord, 'beat' | 'takeOverMs'> {
  const said = z.object({ beat: beatSchema, takeOverMs: z.number().positive().optional() }).safeParse(details);
  return said.data ?? {};
}

export interface Ageing {
  /** When it was stored and what time it is now, on the server's clock. */
  fromMs: number;
  toMs: number;
  /** This process has known of it for so long, on its own clock. */
  knownForMs: number;
}

/**
 * The record as it is now: it is at least as old as this process has known of it, which rests on no clock of another
 * machine; and by the time that passed on the server's clock, less a margin. Without the first, a successor would give
 * out no place that came free in the silence before it; without the second, a process that starts in the morning would
 * wait for the calls of the evening before.
 */
export function aged(record: LeaseRecord, { fromMs, toMs, knownForMs }: Ageing): LeaseRecord {
  const credit = Math.max(knownForMs, fromMs > 0 ? toMs - fromMs - CLOCK_MARGIN_MS : 0);
  const buckets = Object.entries(record.buckets).map(([name, state]) => {
    const answeredMsAgo = state.answeredMsAgo.map((ageMs) => ageMs + credit);
    const pushBackMs = (state.pushBackMs ?? 0) - credit;
    return [name, pushBackMs > 0 ? { answeredMsAgo, pushBackMs } : { answeredMsAgo }] as const;
  });
  return { ...record, buckets: Object.fromEntries(buckets) };
}

/** All that these records hold, of the apps that `serves` names. A bucket that is in several is held several times. */
export function merged(records: readonly LeaseRecord[], serves: (quotaOf: string) => boolean): PacerState {
  const buckets: PacerState['buckets'] = {};
  const capped: Record<string, number> = {};
  const waiting: string[] = [];
  for (const record of records) {
    for (const [name, state] of Object.entries(record.buckets)) {
      if (!serves(quotaOfBucket(name))) continue;
      const pushBackMs = Math.max(state.pushBackMs ?? 0, buckets[name]?.pushBackMs ?? 0);
      const answeredMsAgo = [...(buckets[name]?.answeredMsAgo ?? []), ...state.answeredMsAgo];
      buckets[name] = pushBackMs > 0 ? { answeredMsAgo, pushBackMs } : { answeredMsAgo };
    }
    for (const [app, untilMs] of Object.entries(record.capped ?? {})) {
      if (serves(app)) capped[app] = Math.max(untilMs, capped[app] ?? 0);
    }
    waiting.push(...(record.waiting ?? []));
  }
  return { buckets, capped, waiting };
}
