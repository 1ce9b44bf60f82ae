/** The settings, as programs for log-ins read them: the same as the worker's. */
import { readSettings, SettingsError, type ProfileSettings, type Settings } from '../config.ts';
import { print } from '../../report/terminal.ts';

export function usage(problem: string, text: string): never {
  print(process.stderr, `${problem}\n${text}`);
  process.exit(2);
}

/** Ends the process with what is wrong. */
export function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    print(process.stderr, error.message);
    process.exit(2);
  }
}

/** Names no other profile: whoever asks about one need not know who the others are. */
export function notConfigured(name: string): string {
  const names =
    'profiles and their names stand in the file that FEISHU_PROFILES names, without it there is "default" alone';
  return `--profile: "${name}" is not configured here, or not in FEISHU_ALLOWED_PROFILES; ${names}`;
}

/** Ends the process where there is no such profile. */
export function settingsOf(name: string): { settings: Settings; profile: ProfileSettings } {
  const settings = settingsOrExit();
  const profile = settings.profiles.find((each) => each.name === name);
  if (profile) return { settings, profile };
  print(process.stderr, notConfigured(name));
  process.exit(2);
}
