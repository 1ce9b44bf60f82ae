/**
 * What the manifests of the last days say, added up. Nothing is judged here: `complete`, `sealed` and the gaps are those of the
 * manifests. Older days are left out, so that a look costs as much after years as after a quarter.
 */
import { GAP_KINDS, readManifest, type Manifest } from '../../dataset/manifest.ts';
import { manifestDays, manifestKey } from '../../dataset/storage-keys.ts';
import { addDays, dayOf, dayWindow } from '../../model/calendar.ts';
import { addCounts, UNIT_STATUSES } from '../../model/units.ts';
import { StoreError } from '../../store/errors.ts';
import type { Store, Version } from '../../store/store.ts';
import { TABLES } from '../../tables/columns.ts';
import type { Metrics } from './meter.ts';

/** As far as Feishu says of any of its reports that it looks back, and two days for the schedule that asks. */
export const DAYS_AT_MOST = 92;

/** Of one day, as long as its manifest is of this version. Null: the manifest cannot be read. */
interface Known {
  version: Version;
  told: Pick<Manifest, 'complete' | 'sealed' | 'time_zone' | 'tables' | 'units' | 'gaps'> | null;
}

type DayMetrics = Pick<Metrics, 'days' | 'rows' | 'units' | 'gaps' | 'oldestGap' | 'newestComplete' | 'newestSealed'>;

interface DayGaugesOptions {
  store: Store;
  profiles: readonly { name: string; timeZone: string }[];
  metrics: DayMetrics;
  /** Unix ms. */
  nowMs?: () => number;
}

export class DayGauges {
  readonly #o: DayGaugesOptions;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Map<string, Known>>();

  constructor(options: DayGaugesOptions) {
    this.#o = options;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  /** Reads the manifests that have changed since. @throws StoreError */
  async look(): Promise<void> {
    const { store, profiles } = this.#o;
    for (const { name: profile, timeZone } of profiles) {
      const days = await manifestDays(store, profile);
      const first = this.#firstDay(timeZone);
      const known = new Map<string, Known>();
      for (const day of days.filter((each) => each >= first)) {
        const version = await store.version(manifestKey({ profile, day }));
        const before = this.#known.get(profile)?.get(day);
        const isKnown = before !== undefined && before.version === version;
        known.set(day, isKnown ? before : { version, told: await readable(store, { profile, day }) });
      }
      this.#known.set(profile, known);
      this.#set(profile);
    }
  }

  /** A day that was committed here is told before the next look. */
  committed(manifest: Manifest): void {
    const { profile, day } = manifest;
    const timeZone = this.#o.profiles.find(({ name }) => name === profile)?.timeZone;
    if (timeZone === undefined || day < this.#firstDay(timeZone)) return;
    const known = this.#known.get(profile) ?? new Map<string, Known>();
    // Of no version: the next look reads what stands there by then.
    this.#known.set(profile, known.set(day, { version: null, told: manifest }));
    this.#set(profile);
  }

  #firstDay(timeZone: string): string {
    return addDays(dayOf(this.#nowMs() / 1000, timeZone), -DAYS_AT_MOST);
  }

  #set(profile: string): void {
    const { metrics } = this.#o;
    const days = [...(this.#known.get(profile) ?? [])].map(([day, { told }]) => ({ day, told }));
    for (const complete of [true, false]) {
      for (const sealed of [true, false]) {
        // A manifest that cannot be read makes no day complete.
        const { length } = days.filter(
          ({ told }) => (told?.complete ?? false) === complete && (told?.sealed ?? false) === sealed,
        );
        const labels = { profile, complete: String(complete), sealed: String(sealed) };
        metrics.days.set(length, labels);
      }
    }
    this.#setCounts(profile, days);
    metrics.newestComplete.set(
      newestEnd(days, (told) => told.complete),
      { profile },
    );
    metrics.newestSealed.set(
      newestEnd(days, (told) => told.sealed),
      { profile },
    );
  }

  #setCounts(profile: string, days: readonly Day[]): void {
    const { metrics } = this.#o;
    const rows: Record<string, number> = {};
    const units: Record<string, number> = {};
    const gaps: Record<string, number> = {};
    const oldest = new Map<string, number>();
    for (const { day, told } of days) {
      if (told === null) continue;
      for (const [table, { rows: count }] of Object.entries(told.tables)) addCounts(rows, { [table]: count });
      addCounts(units, told.units);
      for (const { kind, count } of told.gaps) {
        addCounts(gaps, { [kind]: count });
        const { fromUnix } = dayWindow(day, told.time_zone);
        oldest.set(kind, Math.min(fromUnix, oldest.get(kind) ?? Infinity));
      }
    }
    for (const table of Object.keys(TABLES)) metrics.rows.set(rows[table] ?? 0, { profile, table });
    for (const status of UNIT_STATUSES) metrics.units.set(units[status] ?? 0, { profile, status });
    for (const kind of GAP_KINDS) {
      metrics.gaps.set(gaps[kind] ?? 0, { profile, kind });
      metrics.oldestGap.set(oldest.get(kind) ?? NaN, { profile, kind });
    }
  }
}

interface Day {
  day: string;
  told: Known['told'];
}

/** Unix seconds; 0: no day is of that kind; NaN: there is no day. */
function newestEnd(days: readonly Day[], isOfKind: (told: NonNullable<Known['told']>) => boolean): number {
  if (days.length === 0) return NaN;
  const ends = days.flatMap(({ day, told }) =>
    told !== null && isOfKind(told) ? [dayWindow(day, told.time_zone).toUnix] : [],
  );
  return Math.max(0, ...ends);
}

async function readable(store: Store, location: { profile: string; day: string }): Promise<Known['told']> {
  try {
    return await readManifest(store, location);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'damaged') return null;
    throw error;
  }
}
