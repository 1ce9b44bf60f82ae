/** How many running workflows a worker keeps in memory; the history of any other is read again when it goes on. */
import { getHeapStatistics } from 'node:v8';

/** Of the memory that Node allows itself. The rest is for lists, files and tables. */
const SHARE = 1 / 4;
/**
 * What one costs: 70 KB of heap for its modules, 120 KB of resident memory for an export that waits, more for the few that
 * hold a long list. Holds as long as all runs share the schemas, which `build-bundle.ts` preloads.
 */
const BYTES_EACH = 192 * 1024;
/** Below this, runs that go on side by side would push each other out. */
const AT_LEAST = 100;

/** @param heapLimitBytes Node's own limit, which follows the machine's or the container's memory or `--max-old-space-size` */
export function maxCachedWorkflows(heapLimitBytes: number = getHeapStatistics().heap_size_limit): number {
  return Math.max(AT_LEAST, Math.floor((heapLimitBytes * SHARE) / BYTES_EACH));
}
