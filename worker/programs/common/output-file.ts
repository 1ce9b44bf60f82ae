/** The file that somebody names for what a program gives. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { goesWithProcess } from '../../../store/scratch.ts';
import { print } from '../../../report/terminal.ts';

/**
 * Runs `write` with a new, empty file beside `output` and under a name that nobody knows before. It takes the
 * place of `output` once it is whole, and its path is said on `told`. Undefined, for stdout, is handed on as it is.
 */
export async function withOutputFile(
  output: string | undefined,
  write: (part: string | undefined) => Promise<void>,
  told: NodeJS.WriteStream = process.stderr,
): Promise<void> {
  if (output === undefined) return await write(undefined);
  const path = resolve(output);
  const part = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}`);
  const going = goesWithProcess(part);
  await (await open(part, 'wx')).close();
  try {
    await write(part);
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
    going.removed();
  }
  print(told, path);
}
