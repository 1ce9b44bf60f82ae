import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { ROOT } from './support/tree.ts';

const git = (...args: string[]): string[] =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\n').filter(Boolean);

test('settings of a person, log-ins, data and the database of a server are left out of commits', () => {
  const left = ['.env', '.env.local', 'temporal.db', 'temporal.db-wal', 'temporal.db-shm', 'examples/temporal.db'];
  const folders = ['data/store.json', 'grants/default', 'demo/temporal.db', 'secrets/feishu_app_secret'];
  expect(git('check-ignore', '--no-index', ...left, ...folders)).toEqual([...left, ...folders]);
});

test('none of them is in a commit already', () => {
  expect(git('ls-files', '--cached', '--ignored', '--exclude-standard')).toEqual([]);
});
