/** One record for a window that was asked in parts. */
import { worstOf } from '../model/units.ts';
import { lastAnswer, sumOfCalls, type UnitRecord } from './unit-record.ts';

type Later = NonNullable<UnitRecord['later']>;

/**
 * The parts as one answer: as old as the oldest of them, and where one of them came back without the rows that were known
 * of it, the whole has a later answer too.
 */
export function joinedRecord(
  parts: readonly [UnitRecord, ...UnitRecord[]],
  { unit, request }: Pick<UnitRecord, 'unit' | 'request'>,
): UnitRecord {
  const [first] = parts;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return {
    ...first,
    unit,
    status: rows > 0 ? 'done' : 'empty',
    reason: rows > 0 ? null : 'empty files',
    asked_at: Math.min(...parts.map(({ asked_at }) => asked_at)),
    generation: Math.min(...parts.map(({ generation }) => generation)),
    request,
    files: parts.flatMap(({ files }) => files),
    rows,
    pages: parts.length,
    unknown_creates: parts.reduce((sum, part) => sum + part.unknown_creates, 0),
    calls: sumOfCalls([...parts]),
    later: joinedLater(parts, request),
  };
}

function joinedLater(parts: readonly UnitRecord[], request: Record<string, unknown>): Later | null {
  const laters = parts.flatMap(({ later }) => later ?? []);
  if (laters.length === 0) return null;
  return {
    ...worstOf(laters),
    asked_at: Math.min(...laters.map(({ asked_at }) => asked_at)),
    generation: Math.max(...parts.map((part) => lastAnswer(part).generation)),
    request,
  };
}
