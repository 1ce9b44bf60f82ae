/** What `npm pack` makes of this checkout, whose build lies in `dist`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf } from './support/imports.ts';
import { documentText } from './support/documents.ts';
import { filesOfTree, ROOT } from './support/tree.ts';

interface Manifest {
  name: string;
  version: string;
  bin: Record<string, string>;
  exports: { '.': Record<string, string> };
  dependencies: Record<string, string>;
}

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;

describe('the package', () => {
  const said = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, stdio: 'pipe' });
  const [packed] = JSON.parse(said.toString()) as [{ files: { path: string }[] }];
  const files = new Set(packed.files.map(({ path }) => path));
  const code = [...files].filter((file) => file.endsWith('.js') && file !== 'dist/workflow-bundle.js');

  test('is the build of every source and what people read first, and nothing else', () => {
    const beside = /^(?:test|bench|examples)\/|^[^/]+$|\.d\.ts$/;
    const sources = filesOfTree().filter((file) => file.endsWith('.ts') && !beside.test(file));
    const built = sources.flatMap((file) =>
      ['.js', '.js.map', '.d.ts'].map((end) => `dist/${file.replace(/\.ts$/, end)}`),
    );
    const texts = ['README.md', 'README.zh-CN.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE'];
    expect(files).toEqual(new Set([...built, 'dist/workflow-bundle.js', 'package.json', ...texts]));
  });

  test('holds every file that its code imports, its command and its library', () => {
    expect(code.length).toBeGreaterThan(300);
    const imported = code.flatMap((file) => importsOf(read(file)).map(({ specifier }) => ({ file, specifier })));
    const missing = imported.filter(
      ({ file, specifier }) => specifier.startsWith('.') && !files.has(posix.join(posix.dirname(file), specifier)),
    );
    expect(missing).toEqual([]);
    const named = [...Object.values(manifest.bin), ...Object.values(manifest.exports['.'])].map((path) =>
      posix.normalize(path),
    );
    expect(named.filter((path) => !files.has(path))).toEqual([]);
    expect(named.length).toBe(3);
  });

  test('loads nothing but what it depends on', () => {
    const packages = code.flatMap((file) => importsOf(read(file)).map(({ specifier }) => specifier));
    const names = packages
      .filter((each) => !each.startsWith('.') && !each.startsWith('node:') && !builtinModules.includes(each))
      .map((each) => each.split('/', each.startsWith('@') ? 2 : 1).join('/'));
    const known = new Set([...Object.keys(manifest.dependencies), manifest.name]);
    expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
  });

  test('names no folder of the machine that built it, in its source maps either', () => {
    const bundle = read('dist/workflow-bundle.js');
    const map = Buffer.from(bundle.slice(bundle.lastIndexOf('base64,') + 'base64,'.length), 'base64').toString();
    expect((JSON.parse(map) as { sources: string[] }).sources).toContain('workflows/backfill.ts');
    const texts = [map, ...[...files].map(read)];
    expect(texts.filter((text) => text.includes(ROOT)).length).toBe(0);
    const maps = [...files].filter((file) => file.endsWith('.map'));
    const sources = maps.flatMap((file) => (JSON.parse(read(file)) as { sources: string[] }).sources);
    expect(sources.filter((source) => !source.startsWith('../'))).toEqual([]);
  });
});

describe('the version', () => {
  test('stands in package.json, and the changelog begins with it', () => {
    const [, newest] = /^## (.*)$/m.exec(documentText('CHANGELOG.md')) ?? [];
    expect(newest).toBe(manifest.version);
    const elsewhere = ['docker-compose.yml', 'Dockerfile', 'README.md'].filter((file) =>
      documentText(file).includes(manifest.version),
    );
    expect(elsewhere).toEqual([]);
  });
});

describe('docs/dependencies.md', () => {
  const rows = [...documentText('docs/dependencies.md').matchAll(/^\| `(\S+)` +\| (\S.*?) +\| +([\d.]+) +\|$/gm)];

  test('has each package of production, why it is there and what it takes', () => {
    expect(rows.map(([, name]) => name)).toEqual(Object.keys(manifest.dependencies));
    expect(rows.filter(([, , why = '']) => why.length < 20).map(([, name]) => name)).toEqual([]);
  });
});
