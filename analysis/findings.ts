/**
 * What stands out: groups of sessions that are far worse than all others, the strongest first.
 *
 * A scan statistic (Kulldorff's, for yes and no): of all groups that can be named, the one is taken whose sessions are so
 * often poor that it explains most; its sessions are set aside, and the rest is scanned again. So a cause is named once, by
 * the narrowest name that fits, and whoever merely shares a floor with it is not accused.
 */
import { numberOf, textOf, type Database, type Scope, type Value } from './tables.ts';
import { REASONS, type Reason } from './rules.ts';
import { CHECKED, FEW_PEOPLE, NO_SHOW } from './groups.ts';

/** What a finding is about, by the columns that name it. Narrow names first: of two that fit equally the first is taken. */
const SUBJECTS = {
  proxy_path: ['address', 'protocol', 'proxy'],
  address_hour: ['address', 'hour'],
  network_wifi: ['network', 'network_type'],
  day: ['local_day'],
  app_version: ['app_version'],
  camera: ['camera'],
  microphone: ['microphone'],
  address: ['address'],
  network: ['network'],
  device: ['device'],
  network_type: ['network_type'],
  protocol: ['protocol'],
  location: ['location'],
  hour: ['hour'],
} as const;
export type QualitySubject = keyof typeof SUBJECTS;

export interface QualityFinding {
  kind: 'quality';
  subject: QualitySubject;
  /** The columns that name the group, with their values. */
  names: Record<string, Value>;
  /** In the group. */
  sessions: number;
  people: number;
  classified: number;
  poor: number;
  /** Poor minutes of the whole period. */
  poor_of_all: number;
  /** Share of poor minutes in the group and among all others, in percent. */
  pct: number;
  pct_elsewhere: number;
  reason: Reason;
  /** Which way it is bad; null: both, or a matter of the machine. */
  direction: 'sent' | 'received' | null;
}

export interface RoomFinding {
  kind: 'room';
  name: string;
  bookings: number;
  no_shows: number;
  pct: number;
  pct_elsewhere: number;
  /** Hours that were booked for nobody. */
  hours: number;
}

export type Finding = QualityFinding | RoomFinding;

const MOST_FINDINGS = 12;
/** A cell (a session in one hour) is bad from this share of poor minutes on, and from two of them on. */
const BAD_CELL = 'poor >= 2 AND poor * 100 > classified * 7';
const LEAST = { badCells: 5, people: 3, days: 2, ratio: 3, sharePct: 10 };
/** Of the log-likelihood ratio: hundreds of names are tried, so that chance alone reaches about 7. */
const STRONG = 10;

export async function findings(db: Database, scope: Scope): Promise<Finding[]> {
  return [...(await qualityFindings(db, scope)), ...(await roomFindings(db))];
}

interface Tally {
  bad: number;
  all: number;
}

/** How much better two rates explain what was seen than one does; 0 where the group is not the worse one. */
export function logLikelihoodRatio(group: Tally, total: Tally): number {
  const rest = { bad: total.bad - group.bad, all: total.all - group.all };
  if (group.all === 0 || rest.all === 0 || group.bad / group.all <= rest.bad / rest.all) return 0;
  return entropy(group) + entropy(rest) - entropy(total);
}

function entropy({ bad, all }: Tally): number {
  const part = (count: number): number => (count === 0 ? 0 : count * Math.log(count / all));
  return part(bad) + part(all - bad);
}

async function qualityFindings(db: Database, { pseudonymous }: Scope): Promise<QualityFinding[]> {
  await db.run(`CREATE TABLE scanned AS SELECT session_key, ${COLUMNS.join(', ')}, hash(person) AS person, classified, poor,
    poor_sent, poor_received, ${REASONS.map((reason) => `poor_${reason}`).join(', ')}, ${BAD_CELL} AS bad, FALSE AS explained,
    local_day AS day_of_cell
    FROM cells WHERE classified > 0`);
  const [all] = await db.rows('SELECT COALESCE(sum(poor), 0) AS poor FROM scanned');
  const found: QualityFinding[] = [];
  while (found.length < MOST_FINDINGS) {
    const next = await strongest(db, { poorOfAll: numberOf(all, 'poor'), pseudonymous });
    if (!next) break;
    found.push(next);
    await db.run(`UPDATE scanned SET explained = TRUE WHERE ${whereSql(next.names)}`);
  }
  await db.run('DROP TABLE scanned');
  return found.toSorted((a, b) => b.poor - a.poor);
}

const COLUMNS = [...new Set(Object.values(SUBJECTS).flat())];

async function strongest(
  db: Database,
  { poorOfAll, pseudonymous }: { poorOfAll: number; pseudonymous: boolean },
): Promise<QualityFinding | null> {
  const [total] = await db.rows(`SELECT count(*) AS cells, count(*) FILTER (WHERE bad) AS bad,
    sum(poor) AS poor, sum(classified) AS classified FROM scanned WHERE NOT explained`);
  const whole = { bad: numberOf(total, 'bad'), all: numberOf(total, 'cells') };
  if (whole.bad < LEAST.badCells) return null;
  const rows = await db.rows(groupsSql());
  const candidates: Candidate[] = [];
  for (const row of rows) {
    const group = { bad: numberOf(row, 'bad'), all: numberOf(row, 'cells') };
    const rest = (whole.bad - group.bad) / Math.max(1, whole.all - group.all);
    const share = group.bad / group.all;
    if (share * 100 < LEAST.sharePct || share < rest * LEAST.ratio) continue;
    const score = logLikelihoodRatio(group, whole);
    if (score >= STRONG) candidates.push({ row, score });
  }
  // Counting people is dear: it is done for the few that may win.
  for (const { row } of candidates.toSorted(strongestFirst)) {
    const counted = await peopleOf(db, row);
    if (numberOf(counted, 'people') >= (pseudonymous ? FEW_PEOPLE : LEAST.people)) {
      return findingOf({ ...row, ...counted }, { total, poorOfAll });
    }
  }
  return null;
}

interface Candidate {
  row: Record<string, Value>;
  score: number;
}

const ORDER = Object.keys(SUBJECTS);

/** Of two that fit equally the narrower name comes first. */
function strongestFirst(one: Candidate, other: Candidate): number {
  const difference = other.score - one.score;
  if (Math.abs(difference) > 1e-9) return difference;
  return ORDER.indexOf(textOf(one.row, 'subject')) - ORDER.indexOf(textOf(other.row, 'subject'));
}

async function peopleOf(db: Database, row: Record<string, Value>): Promise<Record<string, Value>> {
  const [counted] = await db.rows(`SELECT count(DISTINCT session_key) AS sessions, count(DISTINCT person) AS people
    FROM scanned WHERE NOT explained AND ${whereSql(namesOf(row))}`);
  return counted ?? {};
}

function namesOf(row: Record<string, Value>): Record<string, Value> {
  const columns = SUBJECTS[textOf(row, 'subject') as QualitySubject];
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}

function whereSql(names: Record<string, Value>): string {
  return Object.entries(names)
    .map(([column, value]) => `${column} = ${literal(value)}`)
    .join(' AND ');
}

/** Every group of every subject in one pass; which subject a row is of is told by the columns that were grouped by. */
function groupsSql(): string {
  const mask = (columns: readonly string[]): number =>
    COLUMNS.reduce((bits, column) => bits * 2 + (columns.includes(column) ? 0 : 1), 0);
  const subjects = Object.entries(SUBJECTS).map(
    ([subject, columns]) =>
      `WHEN ${mask(columns)} THEN CASE WHEN ${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')} THEN '${subject}' END`,
  );
  return `SELECT * FROM (SELECT CASE GROUPING_ID(${COLUMNS.join(', ')}) ${subjects.join(' ')} END AS subject,
    ${COLUMNS.join(', ')}, count(*) AS cells, count(*) FILTER (WHERE bad) AS bad,
    min(day_of_cell) FILTER (WHERE bad) AS first_day, max(day_of_cell) FILTER (WHERE bad) AS last_day,
    min(person) AS one_person, max(person) AS other_person, sum(classified) AS classified, sum(poor) AS poor,
    sum(poor_sent) AS poor_sent, sum(poor_received) AS poor_received,
    ${REASONS.map((reason) => `sum(poor_${reason}) AS poor_${reason}`).join(', ')}
  FROM scanned WHERE NOT explained
  GROUP BY GROUPING SETS (${Object.values(SUBJECTS)
    .map((columns) => `(${columns.join(', ')})`)
    .join(', ')})) g
  WHERE subject IS NOT NULL AND bad >= ${LEAST.badCells} AND one_person <> other_person
    AND (subject = 'day' OR first_day <> last_day)`;
}

function findingOf(
  row: Record<string, Value>,
  { total, poorOfAll }: { total: Record<string, Value> | undefined; poorOfAll: number },
): QualityFinding {
  const subject = textOf(row, 'subject') as QualitySubject;
  const poor = numberOf(row, 'poor');
  const classified = numberOf(row, 'classified');
  const elsewhere = { poor: numberOf(total, 'poor') - poor, classified: numberOf(total, 'classified') - classified };
  const [reason] = REASONS.toSorted((a, b) => numberOf(row, `poor_${b}`) - numberOf(row, `poor_${a}`));
  const sent = numberOf(row, 'poor_sent');
  const received = numberOf(row, 'poor_received');
  return {
    kind: 'quality',
    subject,
    names: namesOf(row),
    sessions: numberOf(row, 'sessions'),
    people: numberOf(row, 'people'),
    classified,
    poor,
    poor_of_all: poorOfAll,
    pct: percent(poor, classified),
    pct_elsewhere: percent(elsewhere.poor, elsewhere.classified),
    reason: reason ?? 'loss',
    direction: sent > poor * 0.6 ? 'sent' : received > poor * 0.6 ? 'received' : null,
  };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part * 1000) / whole) / 10;
}

function literal(value: Value): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** Rooms that are booked and stay empty far more often than the others. */
async function roomFindings(db: Database): Promise<RoomFinding[]> {
  const rows = await db.rows(`SELECT room_name AS name, count(*) FILTER (WHERE ${CHECKED}) AS checked,
    count(*) FILTER (WHERE ${NO_SHOW}) AS no_shows,
    COALESCE(sum(event_duration_s) FILTER (WHERE ${NO_SHOW}), 0) / 3600.0 AS hours
  FROM booking_facts GROUP BY room_name ORDER BY no_shows DESC, name`);
  let rest = rows.map((row) => ({ row, bad: numberOf(row, 'no_shows'), all: numberOf(row, 'checked') }));
  const found: RoomFinding[] = [];
  while (found.length < MOST_FINDINGS) {
    const whole = rest.reduce((sum, room) => ({ bad: sum.bad + room.bad, all: sum.all + room.all }), {
      bad: 0,
      all: 0,
    });
    const scored = rest
      .map((room) => ({ ...room, score: logLikelihoodRatio(room, whole) }))
      .filter(({ bad, all }) => bad >= LEAST.badCells && bad * 2 >= all)
      .toSorted((a, b) => b.score - a.score);
    const [best] = scored;
    if (!best || best.score < STRONG) break;
    rest = rest.filter(({ row }) => row !== best.row);
    found.push({
      kind: 'room',
      name: textOf(best.row, 'name'),
      bookings: best.all,
      no_shows: best.bad,
      pct: percent(best.bad, best.all),
      pct_elsewhere: percent(whole.bad - best.bad, whole.all - best.all),
      hours: Math.round(numberOf(best.row, 'hours') * 10) / 10,
    });
  }
  return found;
}
