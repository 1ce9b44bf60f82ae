/**
 * Whether a text is the address of a Temporal server. What is none is refused without being quoted, before the SDK does: it may be
 * a URL with a password.
 * @returns what TEMPORAL_ADDRESS takes; null where nothing is wrong
 */
export function addressProblem(address: string): string | null {
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(address) ? null : 'takes HOST:PORT, such as localhost:7233';
}
