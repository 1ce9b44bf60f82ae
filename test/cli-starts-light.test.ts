import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { importsOf } from './support/imports.ts';
import { ROOT } from './support/tree.ts';

/** Packages that are loaded with a file, before anything of it runs: `package <- file`. */
function packagesLoadedWith(entry: string): string[] {
  const packages: string[] = [];
  const files = new Set([entry]);
  // Grows while it is walked.
  for (const file of files) {
    for (const { specifier, typeOnly, late } of importsOf(readFileSync(ROOT + file, 'utf8'))) {
      if (typeOnly || late || specifier.startsWith('node:')) continue;
      if (specifier.startsWith('.')) files.add(posix.join(posix.dirname(file), specifier));
      else packages.push(`${specifier} <- ${file}`);
    }
  }
  return packages;
}

it('loads the packages of a command when the command runs, and for --help only what reads the command line', () => {
  const packages = packagesLoadedWith('client/cli/main.ts').filter((line) => !line.startsWith('commander '));
  expect(packages).toEqual(['log-update <- client/cli/output.ts']);
});

it('asks a server without the packages of workflows and workers', () => {
  const packages = packagesLoadedWith('client/connect.ts').map((line) => /^(?:@[^/ ]+\/)?[^/ ]+/.exec(line)?.[0]);
  expect(new Set(packages)).toEqual(
    new Set(['@temporalio/client', '@temporalio/common', '@temporalio/envconfig', '@temporalio/proto', 'zod']),
  );
});
