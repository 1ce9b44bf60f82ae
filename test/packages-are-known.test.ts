/** What the product is made of, and what of it a worker loads. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { importsOf } from './support/imports.ts';
import { filesOfTree, ROOT } from './support/tree.ts';

interface Locked {
  packages: Record<string, { version?: string; dev?: boolean; optional?: boolean }>;
}

describe('npm run sbom', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('lists every package of production with its version and licence', () => {
    const { sbom } = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: { sbom: string } })
      .scripts;
    const [command = '', ...args] = sbom.split(' ');
    execFileSync(command, [...args, folder], { cwd: ROOT, stdio: 'pipe' });
    const listed = readFileSync(join(folder, 'licenses.tsv'), 'utf8').trimEnd().split('\n');
    const names = new Set(listed.map((line) => line.split('\t', 2).join('@')));
    const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Locked;
    const wanted = Object.entries(lock.packages)
      .filter(([path, { dev, optional }]) => path !== '' && dev !== true && optional !== true)
      .map(
        ([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
      );
    expect(wanted.length).toBeGreaterThan(100);
    expect(wanted.filter((each) => !names.has(each))).toEqual([]);
    expect(listed.filter((line) => /\t(\(none named\))?$/.test(line))).toEqual(['buffers\t0.1.1\t(none named)']);
    expect(JSON.parse(readFileSync(join(folder, 'sbom.cdx.json'), 'utf8'))).toMatchObject({ bomFormat: 'CycloneDX' });
  });
});

/** Packages that a file loads at its start, over all that it imports. */
function packagesOf(entry: string): Set<string> {
  const known = new Set(filesOfTree());
  const files = new Set([entry]);
  const packages = new Set<string>();
  // Grows while it is walked.
  for (const file of files) {
    const source = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\bawait import\(/g, 'await later(');
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (typeOnly) continue;
      if (!specifier.startsWith('.')) packages.add(specifier);
      else if (known.has(posix.join(posix.dirname(file), specifier)))
        files.add(posix.join(posix.dirname(file), specifier));
    }
  }
  return packages;
}

describe('exceljs, which brings half of the packages,', () => {
  test.each([
    'worker/main.ts',
    'worker/programs/read.ts',
    'worker/programs/sql.ts',
    'client/cli/main.ts',
    'client/index.ts',
    'sandbox/main.ts',
  ])('is not loaded by the start of %s', (entry) => {
    const packages = packagesOf(entry);
    expect(packages.size).toBeGreaterThan(3);
    expect(packages).not.toContain('exceljs');
  });

  test('is found where a file loads it at once', () => {
    expect(packagesOf('test/support/small-tenant.ts')).toContain('exceljs');
  });
});
