/** A pause from outside, at the one place that all calls pass. */
import type { CallDeps } from './deps.ts';

export function holdActivities(deps: CallDeps) {
  return {
    /**
     * While it is held, for a minute at most, no call of a run leaves. `run`: a workflow id; its children's ids begin with it.
     * `fairness_key`: of calls that belong to the run under other ids; null: none do.
     */
    setRunHeld(input: { run: string; fairness_key: string | null; held: boolean }): Promise<void> {
      if (input.held) deps.held.hold(input.run, input.fairness_key);
      else deps.held.release(input.run);
      return Promise.resolve();
    },
  };
}
