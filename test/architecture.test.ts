import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { importsOf } from './support/imports.ts';
import { filesOfTree, ROOT } from './support/tree.ts';

/** Where a folder's imports may point. A path: that file or folder; `types`: only what is gone after compilation. */
interface Arrows {
  to: readonly string[];
  types?: readonly string[];
  temporal?: false;
}

const ARROWS: Record<string, Arrows> = {
  model: { to: [], temporal: false },
  temporal: { to: ['model/', 'store/sealed-bytes.ts'] },
  feishu: { to: ['model/clear-text.ts', 'model/text.ts'], temporal: false },
  sheets: { to: [], temporal: false },
  store: { to: ['model/clear-text.ts', 'model/text.ts'], temporal: false },
  logins: { to: ['feishu/', 'store/'], temporal: false },
  tables: { to: ['model/'], types: ['feishu/contract.ts'], temporal: false },
  dataset: { to: ['model/', 'sheets/', 'tables/', 'store/', 'feishu/contract.ts'], temporal: false },
  activities: { to: ['model/', 'dataset/', 'feishu/', 'sheets/', 'tables/', 'store/errors.ts'], types: ['store/'] },
  workflows: { to: ['model/', 'feishu/contract.ts'], types: ['activities/'] },
  analysis: { to: ['model/', 'tables/'], temporal: false },
  report: { to: ['analysis/'], types: ['workflows/messages.ts'] },
  warehouse: { to: ['analysis/', 'dataset/', 'model/', 'store/', 'tables/'], temporal: false },
  client: {
    to: [
      'model/',
      'temporal/',
      'workflows/messages.ts',
      'workflows/ids.ts',
      'workflows/input.ts',
      'feishu/contract.ts',
      'report/',
    ],
  },
  sandbox: { to: ['feishu/contract.ts'], temporal: false },
  worker: {
    to: [
      'activities/',
      'analysis/',
      'dataset/',
      'feishu/',
      'logins/',
      'model/',
      'report/',
      'sheets/',
      'store/',
      'tables/',
      'temporal/',
      'warehouse/',
    ],
    types: ['workflows/'],
  },
  // Beside the product: they may look at all of it.
  test: { to: [''] },
  bench: { to: [''] },
  // As another service: by the package's name.
  examples: { to: [] },
};

interface Violation {
  file: string;
  specifier: string;
}

function violationsOf(file: string, source: string): Violation[] {
  const folder = file.split('/')[0] ?? '';
  const arrows = ARROWS[folder];
  if (!arrows) return [{ file, specifier: `(the folder ${folder} has no arrows)` }];
  return importsOf(source)
    .filter(({ specifier, typeOnly }) => !isAllowed(file, { specifier, typeOnly, arrows }))
    .map(({ specifier }) => ({ file, specifier }));
}

function isAllowed(
  file: string,
  { specifier, typeOnly, arrows }: { specifier: string; typeOnly: boolean; arrows: Arrows },
): boolean {
  if (!specifier.startsWith('.')) return arrows.temporal !== false || !specifier.startsWith('@temporalio/');
  const target = posix.join(posix.dirname(file), specifier);
  const own = `${file.split('/')[0]}/`;
  const allowed = [own, ...arrows.to, ...(typeOnly ? (arrows.types ?? []) : [])];
  return allowed.some((place) => (place === '' || place.endsWith('/') ? target.startsWith(place) : target === place));
}

const isSource = (file: string) => file.includes('/') && file.endsWith('.ts');

/** One wrong import each; the linter has to refuse all of them as well. */
const PLANTED: Record<string, string> = {
  'feishu/planted.ts': `export * from '../store/errors.ts';`,
  'feishu/planted-temporal.ts': `import { ApplicationFailure } from '@temporalio/common';\nthrow ApplicationFailure;`,
  'model/planted.ts': `export { CODES } from '../feishu/contract.ts';`,
  'temporal/planted.ts': `export type { Settings } from '../worker/config.ts';`,
  'temporal/planted-store.ts': `export { storeSecret } from '../store/secret.ts';`,
  'feishu/planted-retries.ts': `export { retryUntilClosed } from '../temporal/grpc-retries.ts';`,
  'sheets/planted.ts': `export { TABLES } from '../tables/columns.ts';`,
  'store/planted.ts': `export type { Row } from '../tables/columns.ts';`,
  'logins/planted.ts': `export type { Profile } from '../activities/deps.ts';`,
  'tables/planted.ts': `export { CODES } from '../feishu/contract.ts';`,
  'tables/planted-client.ts': `export type { FeishuClient } from '../feishu/client.ts';`,
  'analysis/planted.ts': `export { openDuckDb } from '../store/duckdb.ts';`,
  'dataset/planted-warehouse.ts': `export { Loader } from '../warehouse/index.ts';`,
  'dataset/planted.ts': `export { FeishuClient } from '../feishu/client.ts';`,
  'warehouse/planted.ts': `export type { Settings } from '../worker/config.ts';`,
  'activities/planted.ts': `export { FileStore } from '../store/file-store.ts';`,
  'activities/planted-worker.ts': `export type { Settings } from '../worker/config.ts';`,
  'workflows/planted.ts': `import {\n  createActivities,\n} from '../activities/index.ts';\ncreateActivities;`,
  'workflows/planted-store.ts': `export const late = () => import('../store/keys.ts');`,
  'report/planted.ts': `export { progressQuery } from '../workflows/messages.ts';`,
  'client/cli/planted.ts': `export { backfill } from '../../workflows/backfill.ts';`,
  'client/planted.ts': `export { meetingQuality } from '../workflows/meeting-quality.ts';`,
  'client/planted-sandbox.ts': `import { startSandbox } from '../sandbox/index.ts';\nawait startSandbox();`,
  'sandbox/planted.ts': `export { TABLES } from '../tables/columns.ts';`,
  'worker/planted.ts': `export { connectFeishuVc } from '../client/index.ts';`,
  'worker/planted-workflow.ts': `export { backfill } from '../workflows/index.ts';`,
  'examples/planted.ts': `export { connectFeishuVc } from '../client/index.ts';`,
};

describe('the arrows between the folders', () => {
  test('every import points where its folder may look', () => {
    const files = filesOfTree().filter(isSource);
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap((file) => violationsOf(file, readFileSync(ROOT + file, 'utf8')))).toEqual([]);
  });

  test.each(Object.entries(PLANTED))('a wrong import in %s is seen', (file, source) => {
    expect(violationsOf(file, source)).toHaveLength(1);
  });

  test('types pass where values do not, and an example in a comment counts for nothing', () => {
    const source = `
      import type { Activities } from '../activities/index.ts';
      import { type Deps, type Profile } from '../activities/deps.ts';
      /** import { createActivities } from '../activities/index.ts'; */
      // import { createActivities } from '../activities/index.ts';
      const url = 'https://open.feishu.cn'; // no comment before this one
      export type { Activities };`;
    expect(violationsOf('workflows/fine.ts', source)).toEqual([]);
    expect(importsOf(source)).toHaveLength(2);
  });
});

describe('the linter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arrows-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('refuses the same imports, so that an editor shows them', async () => {
    copyFileSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    for (const [file, source] of Object.entries(PLANTED)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), source);
    }
    const refused = await filesThatLintRefuses(folder);
    expect(Object.keys(PLANTED).filter((file) => !refused.has(file))).toEqual([]);
  });
});

async function filesThatLintRefuses(cwd: string): Promise<Set<string>> {
  const oxlint = join(ROOT, 'node_modules/.bin/oxlint');
  const { stdout } = await promisify(execFile)(oxlint, ['--format', 'json'], { cwd }).catch(
    (error: { stdout: string }) => error,
  );
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  const imports = diagnostics.filter(({ code }) => code.includes('no-restricted-imports'));
  return new Set(imports.map(({ filename }) => filename.replaceAll('\\', '/')));
}
