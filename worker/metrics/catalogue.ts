/**
 * Every metric of this product, in one list: instruments are made from it, and docs/metrics.md and a scrape are held against it.
 * Temporal's own stand beside them on the same page. No label is an id of a person, a meeting, a token or an address; each takes
 * the values of a list in the code, or names that operators gave (profiles).
 */

export interface MetricSpec<L extends string = string> {
  /** As it is scraped, unit included. */
  name: string;
  kind: 'counter' | 'gauge';
  /** Of its values; `1`: a number of things, a share, or yes (1) and no (0). */
  unit: 'seconds' | 'bytes' | '1';
  labels: readonly L[];
  /** What it says. */
  help: string;
}

const counter = <const L extends string>(name: string, o: Omit<MetricSpec<L>, 'name' | 'kind'>) =>
  ({ name, kind: 'counter', ...o }) as const;
const gauge = <const L extends string>(name: string, o: Omit<MetricSpec<L>, 'name' | 'kind'>) =>
  ({ name, kind: 'gauge', ...o }) as const;

/** What may be away, as the label `what` says it. */
export const AWAY = ['feishu', 'credentials', 'monthly_quota', 'store', 'warehouse', 'temporal'] as const;
export type Away = (typeof AWAY)[number];

export const METRICS = {
  calls: counter('feishu_vc_calls_total', {
    unit: '1',
    labels: ['endpoint', 'outcome'],
    help: 'Calls of Feishu that were sent, by what came of them',
  }),
  answerBytes: counter('feishu_vc_answer_bytes_total', {
    unit: 'bytes',
    labels: ['endpoint'],
    help: 'Bytes of the bodies of answers and files that Feishu sent',
  }),
  commits: counter('feishu_vc_commits_total', {
    unit: '1',
    labels: ['profile', 'complete'],
    help: 'Days that this worker committed, a day as often as it was',
  }),
  waiting: gauge('feishu_vc_calls_waiting', {
    unit: '1',
    labels: ['profile', 'endpoint'],
    help: 'Calls that wait for their turn in the process that holds the lease',
  }),
  quotaUsed: gauge('feishu_vc_quota_used_ratio', {
    unit: '1',
    labels: ['profile', 'endpoint'],
    help: 'Share of the calls of a window that are taken at the moment; none where there is no limit',
  }),
  leaseHeld: gauge('feishu_vc_lease_held', {
    unit: '1',
    labels: ['shard'],
    help: 'Whether this worker holds the lease and makes the calls; 0: it stands by',
  }),
  away: gauge('feishu_vc_away', {
    unit: '1',
    labels: ['what'],
    help: 'Whether this worker waits for it: what is away, is rejected or is used up',
  }),
  days: gauge('feishu_vc_days', {
    unit: '1',
    labels: ['profile', 'complete', 'sealed'],
    help: 'Committed days of the last 92',
  }),
  rows: gauge('feishu_vc_rows', {
    unit: '1',
    labels: ['profile', 'table'],
    help: 'Rows of these days',
  }),
  units: gauge('feishu_vc_units', {
    unit: '1',
    labels: ['profile', 'status'],
    help: 'Units of these days',
  }),
  gaps: gauge('feishu_vc_gaps', {
    unit: '1',
    labels: ['profile', 'kind'],
    help: 'Gaps of these days',
  }),
  oldestGap: gauge('feishu_vc_oldest_gap_timestamp_seconds', {
    unit: 'seconds',
    labels: ['profile', 'kind'],
    help: 'When the oldest of these days that has such a gap began; NaN: none has',
  }),
  newestComplete: gauge('feishu_vc_newest_complete_day_timestamp_seconds', {
    unit: 'seconds',
    labels: ['profile'],
    help: 'When the newest complete of these days ended; 0: none of them is complete; NaN: there is none',
  }),
  newestSealed: gauge('feishu_vc_newest_sealed_day_timestamp_seconds', {
    unit: 'seconds',
    labels: ['profile'],
    help: 'The same of the newest sealed day',
  }),
  grantEnd: gauge('feishu_vc_grant_end_timestamp_seconds', {
    unit: 'seconds',
    labels: ['profile'],
    help: 'When the log-in ends if nothing renews it; 0: nobody is logged in, or it is of no use',
  }),
  consentEnd: gauge('feishu_vc_consent_end_timestamp_seconds', {
    unit: 'seconds',
    labels: ['profile'],
    help: 'When the log-in ends even though it is renewed: a year after the consent; NaN: nobody is logged in',
  }),
  warehouseLacking: gauge('feishu_vc_warehouse_lacking_days', {
    unit: '1',
    labels: ['profile'],
    help: 'Days that the warehouse did not have as the store has them, when it was looked at last',
  }),
} as const;
