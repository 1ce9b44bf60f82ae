/** The instruments of the catalogue, on the endpoint that Temporal's own metrics are scraped from. */
import type { MetricMeter } from '@temporalio/common';
import type { RuntimeOptions } from '@temporalio/worker';
import type { ListenAddress } from '../listen-settings.ts';
import { METRICS, type MetricSpec } from './catalogue.ts';

type Labels<S> = S extends MetricSpec<infer L> ? Record<L, string> : never;
/** A counter is added to, a gauge is set. A gauge of NaN counts as not known, and in no rule as anything. */
type Instrument<S extends MetricSpec> = S['kind'] extends 'counter'
  ? { add(value: number, labels: Labels<S>): void }
  : { set(value: number, labels: Labels<S>): void };
export type Metrics = { readonly [K in keyof typeof METRICS]: Instrument<(typeof METRICS)[K]> };

/** Where nothing is scraped, the meter of the runtime takes all of it and keeps none. */
export function openMetrics(meter: MetricMeter): Metrics {
  const made = Object.entries(METRICS).map(([key, spec]) => [key, instrument(meter, spec)]);
  return Object.fromEntries(made) as Metrics;
}

/** The unit is in the name already; the exporter adds `_total` by itself. */
function instrument(meter: MetricMeter, { kind, name, help }: MetricSpec): object {
  if (kind === 'gauge') return meter.createGauge(name, 'float', undefined, help);
  return meter.createCounter(name.replace(/_total$/, ''), undefined, help);
}

type MetricsOptions = NonNullable<NonNullable<RuntimeOptions['telemetryOptions']>['metrics']>;

/** Names and units as Prometheus has them: `_total`, `_seconds`. */
export function metricsOptions({ host, port }: ListenAddress): MetricsOptions {
  return {
    prometheus: {
      bindAddress: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
    },
  };
}
