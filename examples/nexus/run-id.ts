/** Under which id a caller's work runs, so that the same work asked for twice is one run, and other work is another. */
import { createHash } from 'node:crypto';
import { HandlerError } from 'nexus-rpc';

/**
 * The profile and all of the input are in the id. `offered`: the profiles for whoever may use the endpoint; of other teams'
 * callers none gets another one's data: the server says who may use it, this says for what.
 * @throws HandlerError for a profile that is not offered
 */
export function runId(
  kind: string,
  { profile = 'default', ...input }: { profile?: unknown },
  offered: ReadonlySet<unknown>,
): string {
  if (!offered.has(profile)) throw new HandlerError('UNAUTHORIZED', 'this profile is not offered here');
  const fields = Object.entries(input).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 32);
  return `nexus/${kind}/${String(profile)}/${hash}`;
}
