/** How a workflow execution stands, by Temporal's names. */
const CLOSED = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT']);

/**
 * Whether the id of a run is still taken. What is closed is listed, so that a state that this code does not know, such
 * as a pause by the operator, counts as open. A run that continues as new is taken on by the next one.
 */
export function isOpenStatus(name: string): boolean {
  return !CLOSED.has(name);
}
