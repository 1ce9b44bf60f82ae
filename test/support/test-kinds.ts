/**
 * Which test files need a server (Temporal's, PostgreSQL, Prometheus) or a build, and which are unit tests: decided by what a file reaches over its
 * imports, so that no list has to be kept.
 */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { importsOf } from './imports.ts';
import { filesOfTree, ROOT } from './tree.ts';

/** Who reaches one of these is no unit test. */
const NEEDS_MORE: ReadonlySet<string> = new Set([
  // Starts a server.
  'client/embedded/dev-server.ts',
  // Looks for the program that is a server, and downloads it where it is missing.
  'client/embedded/temporal-cli.ts',
  // Runs the command line, which starts servers and programs of the build.
  'test/support/command-line.ts',
  // Starts a PostgreSQL.
  'test/support/postgres.ts',
  // Starts a Prometheus.
  'test/support/prometheus.ts',
]);
/** The SDK's own way to a server, wherever its name stands. */
const STARTS_A_SERVER = /\bTestWorkflowEnvironment\b/;

export interface TestKinds {
  unit: string[];
  server: string[];
}

/** Every test file of the checkout, in one of the two lists. */
export function testKinds(): TestKinds {
  const files = filesOfTree();
  const known = new Set(files);
  const read = (file: string) => (known.has(file) ? readFileSync(ROOT + file, 'utf8') : undefined);
  const tests = files.filter((file) => /^test\/.*\.test\.ts$/.test(file));
  const server = tests.filter((file) => needsMore(file, read));
  const needing = new Set(server);
  return { unit: tests.filter((file) => !needing.has(file)), server };
}

/** @param read gives a file's text; undefined where there is no such file */
export function needsMore(file: string, read: (file: string) => string | undefined): boolean {
  const seen = new Set([file]);
  // Grows while it is walked.
  for (const reached of seen) {
    const source = read(reached);
    if (source === undefined) continue;
    // This file is about the name.
    if (NEEDS_MORE.has(reached) || (reached !== 'test/support/test-kinds.ts' && STARTS_A_SERVER.test(source)))
      return true;
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (!typeOnly && specifier.startsWith('.')) seen.add(posix.join(posix.dirname(reached), specifier));
    }
  }
  return false;
}
