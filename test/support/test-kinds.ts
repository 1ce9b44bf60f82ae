/**
 * Which test files need a server (Temporal's, PostgreSQL, Prometheus) or a build, which take long for another reason, and which are unit tests:
 * decided by what a file reaches over its imports, so that no list has to be kept.
 */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { importsOf } from './imports.ts';
import { filesOfTree, ROOT } from './tree.ts';

/** Who reaches one of these needs a server, or a build. */
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
/** Who reaches one of these makes whole days, with their tables, and of some a month. */
const MAKES_DAYS: ReadonlySet<string> = new Set([
  'test/support/staged-day.ts',
  'test/support/tenant-store.ts',
  'test/support/table-days.ts',
]);
/** A test that imports one of these, or a helper that does, starts other processes: programs, a browser. */
const STARTS_PROCESSES: ReadonlySet<string> = new Set(['node:child_process', 'playwright-core']);
/** The SDK's own way to a server, wherever its name stands. */
const STARTS_A_SERVER = /\bTestWorkflowEnvironment\b/;

/** `unit`: the quick ones. `long`: without a server and a build too. */
export type TestKind = 'unit' | 'long' | 'server';

/** Every test file of the checkout, in one of the lists. */
export function testKinds(): Record<TestKind, string[]> {
  const files = filesOfTree();
  const known = new Set(files);
  const read = (file: string) => (known.has(file) ? readFileSync(ROOT + file, 'utf8') : undefined);
  const kinds: Record<TestKind, string[]> = { unit: [], long: [], server: [] };
  for (const file of files) if (/^test\/.*\.test\.ts$/.test(file)) kinds[kindOf(file, read)].push(file);
  return kinds;
}

/** @param read gives a file's text; undefined where there is no such file */
export function kindOf(file: string, read: (file: string) => string | undefined): TestKind {
  let kind: TestKind = 'unit';
  const seen = new Set([file]);
  // Grows while it is walked.
  for (const reached of seen) {
    const source = read(reached);
    if (source === undefined) continue;
    // This file is about the name.
    if (NEEDS_MORE.has(reached) || (reached !== 'test/support/test-kinds.ts' && STARTS_A_SERVER.test(source)))
      return 'server';
    if (MAKES_DAYS.has(reached)) kind = 'long';
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (typeOnly) continue;
      if (specifier.startsWith('.')) seen.add(posix.join(posix.dirname(reached), specifier));
      else if (reached.startsWith('test/') && STARTS_PROCESSES.has(specifier)) kind = 'long';
    }
  }
  return kind;
}
