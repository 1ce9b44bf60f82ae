/** What is worth a line of the log only now and then. */
import { grpcCode } from '../temporal/grpc-code.ts';

const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;

/** Whether Temporal gave no answer to what failed so. */
export function isUnanswered(error: unknown): boolean {
  return [CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE].includes(grpcCode(error) ?? 0);
}

const FOLDED_MS = 60_000;

/** Tells for each thing that is said whether it was said within the last minute. `nowMs`: a clock that never goes back. */
export function repetitions(nowMs: () => number = () => performance.now()): (said: string) => boolean {
  const saidMs = new Map<string, number>();
  return (said) => {
    if (nowMs() - (saidMs.get(said) ?? -Infinity) < FOLDED_MS) return true;
    saidMs.set(said, nowMs());
    return false;
  };
}
