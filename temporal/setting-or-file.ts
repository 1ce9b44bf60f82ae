import { readFileSync } from 'node:fs';

export interface SettingOrFile {
  /** Undefined where neither is set, and where the file cannot be read. */
  text: string | undefined;
  isFile: boolean;
  /** One line each, with the setting's name and without a value. */
  problems: string[];
}

/** A secret by itself, or by the path of a file in `NAME_FILE`. An empty value counts as absent. */
export function settingOrFile(values: Readonly<Record<string, unknown>>, name: string): SettingOrFile {
  const given = values[name] === '' ? undefined : values[name];
  const path = values[`${name}_FILE`];
  const own = typeof given === 'string' ? given : undefined;
  if (typeof path !== 'string' || path === '') return { text: own, isFile: false, problems: [] };
  const twice = given === undefined ? [] : [`${name}: is given twice, by itself and by ${name}_FILE`];
  try {
    return { text: readFileSync(path, 'utf8').trim(), isFile: true, problems: twice };
  } catch (error) {
    // By the errno alone: the path may be the secret itself, pasted into the wrong setting.
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no file';
    const unreadable = `${name}_FILE: cannot be read (${code}); it takes the path of a file`;
    return { text: own, isFile: true, problems: [...twice, unreadable] };
  }
}
