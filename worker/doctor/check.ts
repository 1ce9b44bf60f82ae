/**
 * A check of `feishu-vc doctor`: a small object in `checks/`, named in `checks/index.ts`. It looks at one thing, says what it saw
 * and which step ends what is wrong, and changes nothing.
 */
import type { Settings, ProfileSettings } from '../config.ts';
import type { Vault } from '../../logins/index.ts';
import type { Probes } from './probes.ts';
import type { TemporalProbe } from './temporal-probe.ts';

export type State = 'ok' | 'warn' | 'fail' | 'skip';

export interface Finding {
  state: State;
  seen: string;
  /** Exactly what to do; null where nothing has to be done. */
  next: string | null;
}

export interface Check {
  /** Stable: programs read it. */
  name: string;
  run(context: Context): Promise<Finding> | Finding;
}

export interface Context {
  env: NodeJS.ProcessEnv;
  nowMs: () => number;
  isOffline: boolean;
  /** What is wrong with the settings, one line each. */
  problems: readonly string[];
  /** Null where the settings are wrong. */
  configured: Configured | null;
  temporal: TemporalProbe;
}

export interface Configured {
  settings: Settings;
  profile: ProfileSettings;
  vault: Vault;
  probes: Probes;
}

export const ok = (seen: string): Finding => ({ state: 'ok', seen, next: null });
export const skip = (seen: string): Finding => ({ state: 'skip', seen, next: null });
export const warn = (seen: string, next: string): Finding => ({ state: 'warn', seen, next });
export const fail = (seen: string, next: string): Finding => ({ state: 'fail', seen, next });

type Run<T> = (known: T, context: Context) => Promise<Finding> | Finding;

/** A check that needs settings that are right. */
export function ofProfile(name: string, run: Run<Configured>): Check {
  return {
    name,
    run: (context) =>
      context.configured === null ? skip('the settings have to be right first') : run(context.configured, context),
  };
}

/** A check of what Feishu says. */
export function ofFeishu(name: string, run: Run<Configured>): Check {
  return ofProfile(name, async (configured, context) => {
    if (context.isOffline) return skip('Feishu is not asked (--offline)');
    if ((await configured.probes.noAnswer()) !== null) return skip('Feishu gives no answer: see region');
    return await run(configured, context);
  });
}
