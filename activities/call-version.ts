/** Keeps a process that makes calls from what a newer version asks for. */
import { CALL_VERSION } from '../model/call-version.ts';
import { waitFailure } from './failures.ts';

/** Until a worker of the newer version has the lease. */
const NEWER_MS = 5000;

/** Of an input of the queue of calls; absent: the first version. */
export interface Versioned {
  version?: number;
}

type Activity<I, R> = (input: I) => Promise<R>;
/** Takes what the activity takes, and a version beside it. */
export type VersionedActivities<A> = {
  [K in keyof A]: A[K] extends Activity<infer I, infer R> ? Activity<I & Versioned, R> : never;
};

/** The activities, each of which leaves an input of a newer version alone: a wait, until a newer process gets it. */
export function refusingNewerVersions<A extends Record<string, (input: never) => Promise<unknown>>>(
  activities: A,
): VersionedActivities<A> {
  const checked = Object.entries(activities).map(([name, run]) => [
    name,
    async (input: Versioned): Promise<unknown> => {
      const { version = 1 } = input;
      if (version <= CALL_VERSION) return await run(input as never);
      const message = `asked by version ${version}, and this process knows version ${CALL_VERSION}: it waits for a newer worker`;
      throw waitFailure('NewerVersion', message, NEWER_MS);
    },
  ]);
  return Object.fromEntries(checked) as VersionedActivities<A>;
}
