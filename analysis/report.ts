/** All figures of a report, as data: what the page shows, what `--json` prints. */
import { findings, type Finding } from './findings.ts';
import {
  DESK_DIMENSIONS,
  groupsBy,
  NETWORK_DIMENSIONS,
  rooms,
  type Dimension,
  type Group,
  type Room,
} from './groups.ts';
import { measureSpreads, type MeasureSpread } from './measures.ts';
import {
  dayCounts,
  hourCounts,
  machineAndNetwork,
  poorAudioPct,
  poorAudioPctBefore,
  streamCounts,
  totals,
  type DayCounts,
  type HourCounts,
  type MachineAndNetwork,
  type StreamCounts,
  type Totals,
} from './overview.ts';
import type { RuleSet } from './rules.ts';
import { numberOf, prepareTables, textOf, type Database, type Scope } from './tables.ts';
import { commonTroubles, worstSessions, type CommonTrouble, type WorstSession } from './worst.ts';

export interface DayState {
  day: string;
  /** `complete`: it has all that the report counts from, without a gap; `missing`: nobody exported it. */
  state: 'complete' | 'gaps' | 'missing';
  /** Rows by table. */
  rows: Record<string, number>;
  gaps: { table: string; reason: string; count: number }[];
  /** Of the day's manifest; empty for a missing day. */
  rows_hash: string;
}

export interface ReportInput extends Scope {
  from: string;
  to: string;
  profile: string;
  product: string;
  /** One for each day of the range, the oldest first. */
  days: readonly DayState[];
  /** Every day of this range and of the one before it has all of its minutes, so that the two can be compared. */
  comparable: boolean;
}

export interface Report {
  from: string;
  to: string;
  profile: string;
  product: string;
  zone: string;
  pseudonymous: boolean;
  rules: RuleSet;
  findings: Finding[];
  totals: Totals;
  poor_audio_pct: number | null;
  /** Null where the period before is not whole. */
  poor_audio_pct_before: number | null;
  days: DayCounts[];
  hours: HourCounts[];
  streams: StreamCounts[];
  measures: MeasureSpread[];
  groups: Record<Dimension, Group[]>;
  rooms: Room[];
  common: CommonTrouble[];
  worst: WorstSession[];
  machine_and_network: MachineAndNetwork;
  completeness: DayState[];
  units: { status: string; count: number; reasons: { reason: string; count: number }[] }[];
  /** Where the minutes came from: `list`, `export`, `both`, with their numbers. */
  sources: { source: string; minutes: number }[];
}

/** The figures of the tables behind `db`; makes tables of its own there, so a database serves one report. */
export async function makeReport(db: Database, input: ReportInput): Promise<Report> {
  await prepareTables(db, input);
  const streams = await streamCounts(db);
  const groups = {} as Record<Dimension, Group[]>;
  for (const dimension of [...NETWORK_DIMENSIONS, ...DESK_DIMENSIONS, 'department'] as const) {
    groups[dimension] = await groupsBy(db, dimension, input);
  }
  const report: Report = {
    from: input.from,
    to: input.to,
    profile: input.profile,
    product: input.product,
    zone: input.zone,
    pseudonymous: input.pseudonymous,
    rules: input.rules,
    findings: await findings(db, input),
    totals: await totals(db),
    poor_audio_pct: poorAudioPct(streams),
    poor_audio_pct_before: input.comparable ? await poorAudioPctBefore(db, input.rules) : null,
    days: await dayCounts(db),
    hours: await hourCounts(db),
    streams,
    measures: await measureSpreads(db, input.rules),
    groups,
    rooms: await rooms(db),
    common: await commonTroubles(db, input),
    worst: await worstSessions(db, input),
    machine_and_network: await machineAndNetwork(db),
    completeness: [...input.days],
    units: await unitsByStatus(db),
    sources: await sourcesOf(db),
  };
  return input.pseudonymous ? withoutNames(report) : report;
}

const MOST_REASONS = 5;

async function unitsByStatus(db: Database): Promise<Report['units']> {
  const rows = await db.rows(
    `SELECT status, COALESCE(reason, '') AS reason, count(*) AS n FROM unit_facts GROUP BY 1, 2 ORDER BY n DESC, reason`,
  );
  const statuses = [...new Set(rows.map((row) => textOf(row, 'status')))];
  return statuses.map((status) => {
    const own = rows.filter((row) => row['status'] === status);
    return {
      status,
      count: own.reduce((sum, row) => sum + numberOf(row, 'n'), 0),
      reasons: own
        .filter((row) => textOf(row, 'reason') !== '')
        .slice(0, MOST_REASONS)
        .map((row) => ({ reason: textOf(row, 'reason'), count: numberOf(row, 'n') })),
    };
  });
}

async function sourcesOf(db: Database): Promise<Report['sources']> {
  const rows = await db.rows(`SELECT source, sum(minutes) AS n FROM minute_facts WHERE source IS NOT NULL
    GROUP BY source ORDER BY n DESC`);
  return rows.map((row) => ({ source: textOf(row, 'source'), minutes: numberOf(row, 'n') }));
}

/** People and meetings by number, in the order in which they appear; the same person is the same number throughout. */
function withoutNames(report: Report): Report {
  const people = numbered('P');
  const meetings = numbered('M');
  return {
    ...report,
    worst: report.worst.map((session) => ({
      ...session,
      person: people(session.person),
      name: people(session.person),
      topic: meetings(session.meeting_no),
      meeting_no: '',
    })),
    common: report.common.map((meeting) => ({ ...meeting, topic: meetings(meeting.meeting_no), meeting_no: '' })),
  };
}

function numbered(letter: string): (key: string) => string {
  const known = new Map<string, string>();
  return (key) => {
    const name = known.get(key) ?? `${letter}-${String(known.size + 1).padStart(3, '0')}`;
    known.set(key, name);
    return name;
  };
}
