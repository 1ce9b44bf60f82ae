/** The settings, as programs for log-ins read them: the same as the worker's. */
import { readSettings, SettingsError, type ProfileSettings, type Settings } from '../config.ts';

export function usage(problem: string, text: string): never {
  process.stderr.write(`${problem}\n${text}\n`);
  process.exit(2);
}

/** Ends the process with what is wrong. */
export function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** Ends the process where there is no such profile. */
export function settingsOf(name: string): { settings: Settings; profile: ProfileSettings } {
  const settings = settingsOrExit();
  const profile = settings.profiles.find((each) => each.name === name);
  if (profile) return { settings, profile };
  const known = settings.profiles.map((each) => each.name).join(', ');
  process.stderr.write(`--profile: "${name}" is not configured; there are: ${known}\n`);
  process.exit(2);
}
