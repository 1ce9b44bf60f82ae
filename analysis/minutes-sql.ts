/**
 * Verdicts in SQL over the tables, generated from a rule set. In the SQL that DuckDB and PostgreSQL share, so that the
 * same text serves a report and a view in a warehouse.
 *
 * A verdict is a number while it is computed, larger for worse, so that the worst of several is GREATEST:
 * 0 nothing of this stream, 1 idle (bitrate 0), 2 nothing measured, 10 good, 20 and more fair, 30 and more poor; the last
 * digit says why.
 */
import {
  DIRECTIONS,
  MEDIA,
  RULE_NAMES,
  ruleNamed,
  type Direction,
  type Medium,
  type Reason,
  type RuleName,
  type RuleSet,
} from './rules.ts';

export const STREAMS = MEDIA.flatMap((medium) =>
  DIRECTIONS.map((direction) => ({ medium, direction, name: `${medium}_${direction}` as const })),
);

export const CODE = { idle: 1, unmeasured: 2, good: 10, fair: 20, poor: 30 } as const;
/** Among equally bad reasons the larger one is kept. */
export const REASON_DIGIT: Record<Reason, number> = { loss: 5, jitter: 4, delay: 3, frames: 2, machine: 1 };
const REASONS_BY_DIGIT = Object.entries(REASON_DIGIT) as [Reason, number][];

export function isPoor(code: string): string {
  return `${code} >= ${CODE.poor}`;
}
export function isClassified(code: string): string {
  return `${code} >= ${CODE.good}`;
}
export function verdictSql(code: string): string {
  return `CASE WHEN ${code} >= ${CODE.poor} THEN 'poor' WHEN ${code} >= ${CODE.fair} THEN 'fair'
    WHEN ${code} >= ${CODE.good} THEN 'good' ELSE 'unclassified' END`;
}
/** Why a minute is not good, or why it is unclassified. */
export function reasonSql(code: string): string {
  const reasons = REASONS_BY_DIGIT.map(
    ([reason, digit]) => `WHEN ${code} IN (${CODE.fair + digit}, ${CODE.poor + digit}) THEN '${reason}'`,
  );
  return `CASE ${reasons.join(' ')} WHEN ${code} = ${CODE.idle} THEN 'idle' WHEN ${code} < ${CODE.good} THEN 'unmeasured' END`;
}

/** The name of a rule's value in the inner select. */
const valueName = (rule: RuleName, direction?: Direction): string => (direction ? `${rule}_${direction}` : rule);

function valueSql(rule: RuleName, direction?: Direction): string {
  const columns = ruleNamed(rule).columns.map((column) => `q.${column.replace('<direction>', direction ?? '')}`);
  return columns.length === 1 ? columns.join('') : `COALESCE(${columns.join(', ')})`;
}

function rulesOf(set: RuleSet, of: Medium | 'machine', direction?: Direction): RuleName[] {
  return RULE_NAMES.filter((name) => {
    const rule = ruleNamed(name);
    return set.rules[name] && rule.of === of && (!direction || rule.directions.includes(direction));
  });
}

/** Bad by this rule at this level; null where the set has no such level. */
function badSql(set: RuleSet, name: RuleName, level: 'fair' | 'poor', direction?: Direction): string | null {
  const limit = set.rules[name]?.[level];
  if (limit === null || limit === undefined) return null;
  const rule = ruleNamed(name);
  return `${valueName(name, direction)} ${rule.limit === 'from' ? '>=' : '<'} ${limit}`;
}

function anyOf(conditions: (string | null)[]): string {
  const known = conditions.filter((condition) => condition !== null);
  return known.length === 0 ? 'FALSE' : `(${known.join(' OR ')})`;
}

/** Fair or worse by loss, jitter or delay. */
function lineIsBad(set: RuleSet, { medium, direction }: { medium: Medium; direction: Direction }): string {
  const rules = rulesOf(set, medium, direction).filter((name) => ruleNamed(name).reason !== 'frames');
  return anyOf(
    rules.flatMap((name) => (['fair', 'poor'] as const).map((level) => badSql(set, name, level, direction))),
  );
}

function streamCodeSql(set: RuleSet, stream: (typeof STREAMS)[number]): string {
  const { medium, direction, name: streamName } = stream;
  const rules = rulesOf(set, medium, direction);
  const bad = lineIsBad(set, stream);
  const branches = (['poor', 'fair'] as const).flatMap((level) =>
    rules
      .toSorted((a, b) => REASON_DIGIT[ruleNamed(b).reason] - REASON_DIGIT[ruleNamed(a).reason])
      .flatMap((name) => {
        const condition = badSql(set, name, level, direction);
        if (condition === null) return [];
        const { reason, onlyBesides } = ruleNamed(name);
        const code = CODE[level] + REASON_DIGIT[reason];
        if (onlyBesides) return [`WHEN ${condition} AND ${bad} THEN ${code}`];
        if (reason !== 'frames') return [`WHEN ${condition} THEN ${code}`];
        // Few frames on a clean line and a busy machine come from the machine.
        return [
          `WHEN ${condition} AND machine >= ${CODE.fair} AND NOT COALESCE(${bad}, FALSE) THEN ${CODE[level] + REASON_DIGIT.machine}`,
          `WHEN ${condition} THEN ${code}`,
        ];
      }),
  );
  const measured = anyOf(rules.map((name) => `${valueName(name, direction)} IS NOT NULL`));
  return `CASE WHEN NOT ${streamName}_active THEN CASE WHEN ${streamName}_bitrate = 0 THEN ${CODE.idle} ELSE 0 END
      WHEN NOT ${measured} THEN ${CODE.unmeasured}
      ${branches.join('\n      ')}
      ELSE ${CODE.good} END AS ${streamName}`;
}

function activeSql({ medium, direction, name }: (typeof STREAMS)[number]): string {
  const own = ['latency_ms', 'jitter_ms', 'packet_loss_avg_pct'].map(
    (measure) => `q.${medium}_${measure}_${direction} IS NOT NULL`,
  );
  const bitrate = `q.${medium}_bitrate_kbps_${direction}`;
  return `${bitrate} AS ${name}_bitrate,
      COALESCE(${bitrate} > 0, ${own.join(' OR ')}) AS ${name}_active`;
}

function machineCodeSql(set: RuleSet): string {
  const rules = rulesOf(set, 'machine');
  const branches = (['poor', 'fair'] as const).flatMap((level) =>
    rules.flatMap((name) => {
      const condition = badSql(set, name, level);
      if (condition === null) return [];
      const lasts = ruleNamed(name).twoMinutes && level === 'poor' ? ' AND lasts' : '';
      return [`WHEN ${condition}${lasts} THEN ${CODE[level] + REASON_DIGIT.machine}`];
    }),
  );
  const measured = anyOf(rules.map((name) => `${valueName(name)} IS NOT NULL`));
  return `CASE WHEN NOT ${measured} THEN 0 ${branches.join(' ')} ELSE ${CODE.good} END AS machine`;
}

/** Minutes beside one that is poor by a rule of two minutes. Few, so that joining them costs little. */
function neighboursSql(set: RuleSet, { from, within = [] }: JudgedInput): string | null {
  const hot = RULE_NAMES.filter((name) => ruleNamed(name).twoMinutes).map((name) => {
    const limit = set.rules[name]?.poor;
    return limit === null || limit === undefined ? null : `${valueSql(name)} >= ${limit}`;
  });
  const condition = anyOf(hot);
  if (condition === 'FALSE') return null;
  const beside = (sign: string): string =>
    `SELECT ${['session_key', ...within].map((name) => `q.${name}`).join(', ')}, date_trunc('minute', q.time) ${sign} INTERVAL '60 seconds' AS minute FROM ${from} q WHERE ${condition}`;
  return `${beside('+')} UNION ${beside('-')}`;
}

export interface JudgedInput {
  /** A relation with the columns of `quality_minutes`. */
  from: string;
  /** Columns of it to be kept, besides the keys. */
  keep?: readonly string[];
  /** Columns that tell apart what shares a session's key; kept too. A condition on them reaches the minutes themselves. */
  within?: readonly string[];
}

/**
 * One row for each minute of a session: session_key, meeting_key, minute, a code for each stream (`audio_received`, …), for
 * the machine, and `code`, the worst of them. A minute in which no stream is classified is unclassified whatever the
 * machine did.
 */
export function judgedMinutesSql(set: RuleSet, input: JudgedInput): string {
  const { from, keep = [], within = [] } = input;
  const kept = ['session_key', 'meeting_key', ...within, ...keep];
  const neighbours = neighboursSql(set, input);
  const beside = ['session_key', ...within].map((name) => `n.${name} = q.${name}`).join(' AND ');
  const values = RULE_NAMES.filter((name) => set.rules[name]).flatMap((name) => {
    const { directions } = ruleNamed(name);
    if (directions.length === 0) return [`${valueSql(name)} AS ${valueName(name)}`];
    return directions.map((direction) => `${valueSql(name, direction)} AS ${valueName(name, direction)}`);
  });
  const streams = STREAMS.map(({ name }) => name);
  const worst = `GREATEST(${streams.join(', ')})`;
  return `SELECT ${kept.join(', ')}, minute, ${streams.join(', ')}, machine,
    CASE WHEN ${isClassified(worst)} THEN GREATEST(${worst}, machine) ELSE ${worst} END AS code
  FROM (SELECT ${kept.join(', ')}, minute, machine,
    ${STREAMS.map((stream) => streamCodeSql(set, stream)).join(',\n    ')}
  FROM (SELECT v.*, ${machineCodeSql(set)}
  FROM (SELECT ${kept.map((name) => `q.${name}`).join(', ')}, date_trunc('minute', q.time) AS minute,
      ${neighbours === null ? 'FALSE' : 'n.minute IS NOT NULL'} AS lasts,
      ${[...values, ...STREAMS.map(activeSql)].join(',\n      ')}
    FROM ${from} q ${
      neighbours === null ? '' : `LEFT JOIN (${neighbours}) n ON ${beside} AND n.minute = date_trunc('minute', q.time)`
    }
    WHERE q.time IS NOT NULL) v) w) x`;
}

/** One row for each stream-minute: medium × direction × session × minute; the machine is a medium of its own. */
export function streamMinutesSql({ from }: { from: string }): string {
  const parts = [
    ...STREAMS.map(({ medium, direction, name }) => ({ medium, direction: `'${direction}'`, code: name as string })),
    { medium: 'machine', direction: 'CAST(NULL AS VARCHAR)', code: 'machine' },
  ];
  return parts
    .map(
      ({ medium, direction, code }) =>
        `SELECT session_key, meeting_key, minute, '${medium}' AS medium, ${direction} AS direction,
    ${verdictSql(code)} AS verdict, ${reasonSql(code)} AS reason FROM ${from} WHERE ${code} > 0`,
    )
    .join('\nUNION ALL\n');
}
