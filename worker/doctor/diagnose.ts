/** Runs the checks one after another, over settings that are read once. */
import { openVault } from '../../logins/index.ts';
import { readSettings, SettingsError, type Settings } from '../config.ts';
import { notConfigured } from '../login/settings.ts';
import type { Check, Configured, Context, Finding } from './check.ts';
import { CHECKS } from './checks/index.ts';
import { messageOf } from './outcome.ts';
import { Probes } from './probes.ts';
import { TemporalProbe } from './temporal-probe.ts';

export interface Diagnosis {
  checks: ({ name: string } & Finding)[];
  /** Calls to Feishu that this took. */
  calls: number;
}

export interface DiagnoseInput {
  env: NodeJS.ProcessEnv;
  profile: string;
  isOffline?: boolean;
  nowMs?: () => number;
  checks?: readonly Check[];
}

export async function diagnose(o: DiagnoseInput): Promise<Diagnosis> {
  const { env, isOffline = false, nowMs = Date.now, checks = CHECKS } = o;
  const { problems, configured } = configuredIn(o, nowMs);
  const context: Context = { env, nowMs, isOffline, problems, configured, temporal: new TemporalProbe(env) };
  try {
    const found: Diagnosis['checks'] = [];
    for (const check of checks) found.push({ name: check.name, ...(await findingOf(check, context)) });
    return { checks: found, calls: configured?.probes.watch.calls ?? 0 };
  } finally {
    await configured?.probes.close();
    await context.temporal.close();
  }
}

/** A check that fails in a way that it has no words for says so, and the others go on. */
async function findingOf(check: Check, context: Context): Promise<Finding> {
  try {
    return await check.run(context);
  } catch (error) {
    return { state: 'fail', seen: `could not be looked at: ${messageOf(error)}`, next: 'Run this again' };
  }
}

function configuredIn(
  { env, profile: name }: DiagnoseInput,
  nowMs: () => number,
): { problems: string[]; configured: Configured | null } {
  let settings: Settings;
  try {
    settings = readSettings(env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { problems: error.problems, configured: null };
  }
  const profile = settings.profiles.find((each) => each.name === name);
  if (!profile) {
    return {
      problems: [notConfigured(name)],
      configured: null,
    };
  }
  const vault = openVault(settings.grants);
  return { problems: [], configured: { settings, profile, vault, probes: new Probes({ profile, vault, nowMs }) } };
}
