/** Where Python finds calamine: fetched from PyPI by its name, once, into a folder of its own. */
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const VERSION = '0.9.1';
const FOLDER = join(import.meta.dirname, '../../node_modules/.cache', `python-calamine-${VERSION}`);
const LONGEST_MS = 120_000;

/** @throws Error that says why there is none: no Python, or a package that cannot be fetched */
export function calamineFolder(): string {
  if (existsSync(join(FOLDER, 'python_calamine'))) return FOLDER;
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', FOLDER];
  const options: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'pipe'], timeout: LONGEST_MS };
  try {
    execFileSync('python3', [...pip, `python-calamine==${VERSION}`], options);
  } catch (error) {
    throw new Error('python3 with pip could not fetch python-calamine', { cause: error });
  }
  return FOLDER;
}
