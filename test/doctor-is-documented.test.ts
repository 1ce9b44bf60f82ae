import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKS } from '../worker/doctor/checks/index.ts';
import { LASTING_SCOPE, LOGIN_SCOPES } from '../worker/login/scopes.ts';
import { ROOT } from './support/tree.ts';

test.each(['docs/feishu-app.md', 'docs/feishu-app.zh-CN.md'])('%s names every check, and every scope', (file) => {
  const told = readFileSync(join(ROOT, file), 'utf8');
  const names = [...CHECKS.map(({ name }) => name), ...LOGIN_SCOPES, LASTING_SCOPE];
  expect(names.filter((name) => !told.includes(`\`${name}\``))).toEqual([]);
});
