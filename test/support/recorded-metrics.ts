/** The instruments of the catalogue, which keep what they are told, for tests without a scrape. */
import type { MetricMeter, MetricTags } from '@temporalio/common';
import { openMetrics, type Metrics } from '../../worker/metrics/meter.ts';

export interface RecordedMetrics {
  metrics: Metrics;
  /** The value under a name and its labels; undefined where it was never told. */
  value(name: string, labels: Record<string, string>): number | undefined;
  /** Sets of labels that a metric was told with. */
  labels(name: string): Record<string, string>[];
}

export function recordedMetrics(): RecordedMetrics {
  const values = new Map<string, Map<string, number>>();
  const instrument = (name: string, next: (before: number, value: number) => number) => {
    const own = new Map<string, number>();
    values.set(name, own);
    return (value: number, tags: MetricTags = {}): void => {
      const key = keyOf(tags);
      own.set(key, next(own.get(key) ?? 0, value));
    };
  };
  const meter: Pick<MetricMeter, 'createCounter' | 'createGauge'> = {
    createCounter: (name) => ({ add: instrument(`${name}_total`, (before, value) => before + value) }) as never,
    createGauge: (name) => ({ set: instrument(name, (_, value) => value) }) as never,
  };
  return {
    metrics: openMetrics(meter as MetricMeter),
    value: (name, labels) => values.get(name)?.get(keyOf(labels)),
    labels: (name) => [...(values.get(name)?.keys() ?? [])].map((key) => JSON.parse(key) as Record<string, string>),
  };
}

function keyOf(tags: MetricTags): string {
  return JSON.stringify(Object.fromEntries(Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
