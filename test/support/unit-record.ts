/** A record of the stage, as an activity writes it. */
import type { UnitRecord } from '../../dataset/records.ts';

/** What a record is of, and what it differs in from a list's answer of one page. `status` is by `rows` where it is not given. */
export type RecordOf = Pick<UnitRecord, 'resource' | 'unit'> & Partial<UnitRecord>;

export function unitRecord({ resource, unit, rows = 0, ...o }: RecordOf): UnitRecord {
  return {
    version: 1,
    resource,
    unit,
    via: 'list',
    status: rows > 0 ? 'done' : 'empty',
    reason: rows > 0 ? null : 'an empty answer',
    asked_at: 1_741_100_000,
    generation: 1,
    request: {},
    files: [],
    rows,
    pages: 1,
    task_id: null,
    unknown_creates: 0,
    calls: {},
    settles_after: null,
    later: null,
    ...o,
  };
}
