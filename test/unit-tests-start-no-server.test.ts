import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { kindOf, testKinds } from './support/test-kinds.ts';
import { filesOfTree, ROOT } from './support/tree.ts';

const run = promisify(execFile);
/** In pieces, or this file would itself be one that names them. */
const SERVER = 'client/embedded/dev-server.ts';
const COMMAND_LINE = 'test/support/command-line.ts';
const DATABASE = 'test/support/postgres.ts';
const SDK_SERVER = ['Test', 'WorkflowEnvironment'].join('');

describe('the rule that tells unit tests from the others', () => {
  const { unit, long, server } = testKinds();

  test('puts every test file in one of the three, and this one, which starts a process, among the long ones', () => {
    const all = filesOfTree().filter((file) => file.endsWith('.test.ts'));
    expect([...unit, ...long, ...server].toSorted()).toEqual(all);
    expect(long).toContain('test/unit-tests-start-no-server.test.ts');
    expect(unit.length).toBeGreaterThan(60);
    expect(server.length).toBeGreaterThan(20);
  });

  test.each<[string, Record<string, string>]>([
    ['the server', { 'test/a.test.ts': `import { startDevServer } from '../${SERVER}';` }],
    ['the command line', { 'test/a.test.ts': `import { runCommand } from '../${COMMAND_LINE}';` }],
    ['a database', { 'test/a.test.ts': `import { startPostgres } from '../${DATABASE}';` }],
    ['the SDK’s server', { 'test/a.test.ts': `import { ${SDK_SERVER} } from '@temporalio/testing';` }],
    [
      'a helper of a helper that starts one',
      {
        'test/a.test.ts': `import { one } from './support/one.ts';`,
        'test/support/one.ts': `export * from './two.ts';`,
        'test/support/two.ts': `const late = () => import('../../${SERVER}');`,
      },
    ],
  ])('a test that reaches %s needs more than the others', (_, planted) => {
    expect(kindOf('test/a.test.ts', readerOf(planted))).toBe('server');
  });

  test.each<[string, Record<string, string>]>([
    ['makes whole days', { 'test/a.test.ts': `import { StagedDay } from './support/staged-day.ts';` }],
    ['starts a browser', { 'test/a.test.ts': `import { chromium } from 'playwright-core';` }],
    [
      'starts processes by a helper',
      {
        'test/a.test.ts': `import { run } from './support/run.ts';`,
        'test/support/run.ts': `import { execFile } from 'node:child_process';`,
      },
    ],
  ])('a test that %s is a long one', (_, planted) => {
    expect(kindOf('test/a.test.ts', readerOf(planted))).toBe('long');
  });

  test('types of a server and circles do not matter', () => {
    const planted = {
      'test/a.test.ts': `import type { DevServer } from '../${SERVER}';\nimport './support/b.ts';`,
      'test/support/b.ts': `import '../a.test.ts';`,
    };
    expect(kindOf('test/a.test.ts', readerOf(planted))).toBe('unit');
  });

  test('no source names the server’s command but the one that the rule looks for', () => {
    const sources = filesOfTree().filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    const starting = sources.filter((file) => readFileSync(ROOT + file, 'utf8').includes(`'start-dev'`));
    expect(starting.filter((file) => !file.startsWith('test/support/no-servers'))).toEqual([SERVER]);
  });
});

/** The planted files, and the real ones that the rule names. */
function readerOf(planted: Record<string, string>): (file: string) => string | undefined {
  return (file) => planted[file] ?? (file.startsWith('test/a') ? undefined : '');
}

describe('a unit test', () => {
  test.each([
    ['a Temporal server', 'temporal', ['server', 'start-dev', '--help']],
    ['one that was downloaded', '/opt/cache/temporal', ['--version']],
    ['a worker of the build', process.execPath, [`${ROOT}dist/worker/main.js`]],
  ])('that starts %s fails', async (_, file, args) => {
    await expect(async () => await run(file, args)).rejects.toThrow(
      'this test may start neither servers nor the build',
    );
  });

  test('may start another process', async () => {
    const { stdout } = await run(process.execPath, ['--print', '6 * 7']);
    expect(stdout.trim()).toBe('42');
  });
});
