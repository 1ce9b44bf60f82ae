/**
 * Writes what the product is made of: `sbom.cdx.json` (CycloneDX) and `licenses.tsv` (package, version, licence), of the packages
 * that are installed for production, into the folder that is named or this one. Exit 1 where a package names no licence that is
 * known here.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What these say elsewhere than in their manifest. The first says nothing; it comes with exceljs, which only the sandbox loads. */
const ELSEWHERE = new Map([
  ['buffers@0.1.1', '(none named)'],
  ['unionfs@4.6.0', 'Unlicense'],
]);

const [folder = '.'] = process.argv.slice(2);

// npm's own `--omit dev` leaves out whatever a tool of development needs as well.
const licenseOf = new Map();
for (const [path, { dev, name, version, license }] of Object.entries(
  JSON.parse(readFileSync('package-lock.json', 'utf8')).packages,
)) {
  const at = path.lastIndexOf('node_modules/');
  const id = `${name ?? path.slice(at + 'node_modules/'.length)}@${version}`;
  if (at !== -1 && dev !== true) licenseOf.set(id, license ?? ELSEWHERE.get(id) ?? '');
}
const npm = ['sbom', '--sbom-format', 'cyclonedx'];
const bom = JSON.parse(execFileSync('npm', npm, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
const isShipped = ({ name, version }) => licenseOf.has(`${name}@${version}`);
const refs = new Set([bom.metadata.component, ...bom.components.filter(isShipped)].map((each) => each['bom-ref']));
const components = bom.components.filter((each) => refs.has(each['bom-ref']));
const dependencies = bom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
writeFileSync(join(folder, 'sbom.cdx.json'), `${JSON.stringify({ ...bom, components, dependencies }, null, 2)}\n`);

const rows = [...new Set(components.map(({ name, version }) => `${name}@${version}`))]
  .toSorted((one, other) => (one < other ? -1 : 1))
  .map((id) => ({ id, license: licenseOf.get(id) }));
writeFileSync(
  join(folder, 'licenses.tsv'),
  rows.map(({ id, license }) => `${id.replace(/@([^@]+)$/, '\t$1')}\t${license}\n`).join(''),
);

const counts = new Map();
for (const { license } of rows) counts.set(license, (counts.get(license) ?? 0) + 1);
process.stdout.write(`${rows.length} packages\n`);
for (const [license, count] of [...counts].toSorted((one, other) => other[1] - one[1])) {
  process.stdout.write(`${String(count).padStart(5)}  ${license}\n`);
}
const without = rows.filter(({ license }) => license === '').map(({ id }) => id);
if (without.length > 0) {
  process.stderr.write(`No licence is named by: ${without.join(', ')}\n`);
  process.exitCode = 1;
}
