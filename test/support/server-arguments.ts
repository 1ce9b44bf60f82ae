/** A Temporal server with more arguments than the product gives it. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TemporalCli } from '../../client/embedded/temporal-cli.ts';

/** A script in `dir` that stands in for the command line and adds the arguments to whatever it is called with. */
export async function withServerArguments(cli: TemporalCli, dir: string, added: string[]): Promise<TemporalCli> {
  const path = join(dir, 'temporal-with-more-arguments');
  const quoted = [cli.path, ...added].map((word) => `'${word}'`);
  await writeFile(path, `#!/bin/sh\nexec ${quoted[0]} "$@" ${quoted.slice(1).join(' ')}\n`);
  await chmod(path, 0o755);
  return { ...cli, path };
}
