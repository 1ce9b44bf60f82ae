/** The records of a day, held as the text that they are stored as. Each time one is asked for it is made anew. */
import { HeldLines } from './held-lines.ts';
import { addCounts } from '../model/units.ts';
import type { UnitRecord } from './unit-record.ts';
import type { StageResource } from './storage-keys.ts';

interface RunSums {
  /** By endpoint, for each resource. */
  calls: Map<StageResource, Record<string, number>>;
  unknown_creates: number;
}

export class HeldRecords implements Iterable<UnitRecord> {
  /** The JSON of each. */
  readonly lines = new HeldLines();
  /** By `resource/unit`. */
  readonly #places = new Map<string, number>();
  /** By the run that asked: summed as they come, since to make all of them anew holds the event loop. */
  readonly #sums = new Map<number, RunSums>();

  /** Of several of one unit the last one is found by it. */
  add(record: UnitRecord): void {
    this.#places.set(`${record.resource}/${record.unit}`, this.lines.add(JSON.stringify(record)));
    const { generation, resource } = record;
    const sums = this.sumsOf(generation);
    const calls = sums.calls.get(resource) ?? {};
    addCounts(calls, record.calls);
    sums.calls.set(resource, calls);
    sums.unknown_creates += record.unknown_creates;
    this.#sums.set(generation, sums);
  }

  sumsOf(generation: number): RunSums {
    return this.#sums.get(generation) ?? { calls: new Map(), unknown_creates: 0 };
  }

  get(resource: UnitRecord['resource'], unit: string): UnitRecord | undefined {
    const place = this.#places.get(`${resource}/${unit}`);
    return place === undefined ? undefined : (JSON.parse(this.lines.at(place)) as UnitRecord);
  }

  *[Symbol.iterator](): Generator<UnitRecord, void, undefined> {
    for (const line of this.lines) yield JSON.parse(line) as UnitRecord;
  }
}
