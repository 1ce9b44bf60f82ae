/** A record of the stage, as an activity writes it. */
import { newRecord, type UnitRecord } from '../../dataset/unit-record.ts';

/** What a record is of, and what it differs in from a list's answer of one page. `status` is by `rows` where it is not given. */
export type RecordOf = Pick<UnitRecord, 'resource' | 'unit'> & Partial<UnitRecord>;

export function unitRecord({ resource, unit, rows = 0, ...o }: RecordOf): UnitRecord {
  const answered = {
    via: 'list',
    status: rows > 0 ? 'done' : 'empty',
    reason: rows > 0 ? null : 'an empty answer',
  } as const;
  const place = { resource, unit, generation: 1 };
  return newRecord(place, { ...answered, asked_at: 1_741_100_000, request: {}, rows, pages: 1, ...o });
}
