/** The records of a day, held as the text that they are stored as. Each time one is asked for it is made anew. */
import { HeldLines } from './held-lines.ts';
import type { UnitRecord } from './records.ts';

export class HeldRecords implements Iterable<UnitRecord> {
  /** The JSON of each. */
  readonly lines = new HeldLines();
  /** By `resource/unit`. */
  readonly #places = new Map<string, number>();

  /** Of several of one unit the last one is found by it. */
  add(record: UnitRecord): void {
    this.#places.set(`${record.resource}/${record.unit}`, this.lines.add(JSON.stringify(record)));
  }

  get(resource: UnitRecord['resource'], unit: string): UnitRecord | undefined {
    const place = this.#places.get(`${resource}/${unit}`);
    return place === undefined ? undefined : (JSON.parse(this.lines.at(place)) as UnitRecord);
  }

  *[Symbol.iterator](): Generator<UnitRecord, void, undefined> {
    for (const line of this.lines) yield JSON.parse(line) as UnitRecord;
  }
}
