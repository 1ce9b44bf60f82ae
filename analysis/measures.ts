/** How the measures spread, beside the limits that they are held to. */
import { RULE_NAMES, ruleNamed, type Direction, type RuleName, type RuleSet } from './rules.ts';
import { numberOf, numberOrNull, type Database, type Result } from './tables.ts';

export interface MeasureSpread {
  rule: RuleName;
  direction: Direction | null;
  unit: string;
  minutes: number;
  /** Values that half, 90, 95 and 99 of a hundred minutes are not worse than. */
  p50: number | null;
  p90: number | null;
  p95: number | null;
  p99: number | null;
  fair: number | null;
  poor: number | null;
}

const SHARES = [0.5, 0.9, 0.95, 0.99];

/** Measures that are sorted at a time: DuckDB holds their values in memory, and reads the files once for each batch. */
const AT_ONCE = 8;

interface Measure {
  rule: RuleName;
  direction: Direction | null;
}

/** Exact quantiles. Measures without data are left out. */
export async function measureSpreads(db: Database, rules: RuleSet): Promise<MeasureSpread[]> {
  const measures: Measure[] = RULE_NAMES.filter(
    (rule) => rules.rules[rule] && !rule.includes('_burst_') && !ruleNamed(rule).onlyBesides,
  ).flatMap((rule) => {
    const { directions } = ruleNamed(rule);
    return (directions.length === 0 ? [null] : directions).map((direction) => ({ rule, direction }));
  });
  const spreads: MeasureSpread[] = [];
  for (let start = 0; start < measures.length; start += AT_ONCE) {
    const batch = measures.slice(start, start + AT_ONCE);
    const columns = batch.map(
      ({ rule }, index) =>
        `count(v${index}) AS n${index}, quantile_disc(v${index}, [${sharesOf(rule).join(', ')}]) AS q${index}`,
    );
    const quantiles = batch.map((_, index) =>
      ['p50', 'p90', 'p95', 'p99'].map((name, place) => `q${index}[${place + 1}] AS ${name}_${index}`).join(', '),
    );
    const [row] = await db.rows(`SELECT ${batch.map((_, index) => `n${index}`).join(', ')}, ${quantiles.join(', ')}
      FROM (SELECT ${columns.join(', ')}
        FROM (SELECT ${batch.map((measure, index) => `${valueSql(measure)} AS v${index}`).join(', ')} FROM quality_minutes) x) y`);
    spreads.push(...batch.map((measure, index) => spreadOf(measure, { rules, row, index })));
  }
  return spreads.filter(({ minutes }) => minutes > 0);
}

function sharesOf(rule: RuleName): number[] {
  return SHARES.map((share) => (ruleNamed(rule).limit === 'from' ? share : Math.round((1 - share) * 100) / 100));
}

/** NULL where the stream is not there: the network's loss would else count for it. */
function valueSql({ rule, direction }: Measure): string {
  const { of, columns } = ruleNamed(rule);
  const named = columns.map((column) => column.replace('<direction>', direction ?? ''));
  const value = `CAST(COALESCE(${named.join(', ')}) AS FLOAT)`;
  if (of === 'machine') return value;
  const own = named.filter((column) => column.startsWith(of)).map((column) => `${column} IS NOT NULL`);
  return `CASE WHEN COALESCE(${of}_bitrate_kbps_${direction} > 0, ${own.join(' OR ')}) THEN ${value} END`;
}

function spreadOf(
  { rule, direction }: Measure,
  { rules, row, index }: { rules: RuleSet; row: Result | undefined; index: number },
): MeasureSpread {
  const limits = rules.rules[rule];
  const rounded = (name: string): number | null => {
    const found = numberOrNull(row, `${name}_${index}`);
    return found === null ? null : Math.round(found * 10) / 10;
  };
  return {
    rule,
    direction,
    unit: ruleNamed(rule).unit,
    minutes: numberOf(row, `n${index}`),
    p50: rounded('p50'),
    p90: rounded('p90'),
    p95: rounded('p95'),
    p99: rounded('p99'),
    fair: limits?.fair ?? null,
    poor: limits?.poor ?? null,
  };
}
