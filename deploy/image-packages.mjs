/**
 * Takes out of `node_modules` what the image does not run: the bundler that Temporal's SDK brings, since the workflows are bundled
 * by the build; and moves what writes workbooks, which the sandbox alone does, into the folder that is named.
 * `node deploy/image-packages.mjs FOLDER`, where `npm ci --omit=dev` has been run.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the SDK depends on to bundle workflows. */
const BUNDLER = ['@swc/core', 'memfs', 'source-map-loader', 'swc-loader', 'unionfs', 'webpack'];
/** Of these it wants something to be there when it is loaded, whatever it is. */
const WANTED = ['memfs', 'unionfs', 'webpack'];
const WORKBOOKS = ['exceljs'];

/**
 * What production needs, such as `node_modules/pg`, over all that it needs itself, but for what only the ones left out bring.
 *
 * @param {Record<string, object>} packages as in `package-lock.json`
 */
function reached(packages, left) {
  const paths = new Set(['']);
  // Grows while it is walked.
  for (const path of paths) {
    const { dependencies, optionalDependencies, peerDependencies } = packages[path];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = left.includes(name) ? undefined : resolve(packages, { name, from: path });
      if (found !== undefined) paths.add(found);
    }
  }
  paths.delete('');
  return paths;
}

/** As Node looks for it: in the folder of the package, then further up. */
function resolve(packages, { name, from }) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return undefined;
  }
}

function takeOut(folder) {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const ofTheSandbox = reached(packages, BUNDLER);
  const kept = reached(packages, [...BUNDLER, ...WORKBOOKS]);
  for (const path of reached(packages, [])) {
    if (!ofTheSandbox.has(path)) rmSync(path, { recursive: true, force: true });
    // One that lies in another went with it.
    else if (!kept.has(path) && existsSync(path)) {
      // Not by its name alone: a folder of an earlier layer of the image cannot be renamed.
      cpSync(path, join(folder, path), { recursive: true });
      rmSync(path, { recursive: true });
    }
  }
  for (const name of WANTED) {
    mkdirSync(join('node_modules', name), { recursive: true });
    writeFileSync(join('node_modules', name, 'package.json'), `${JSON.stringify({ name, version: '0.0.0' })}\n`);
    writeFileSync(join('node_modules', name, 'index.js'), '// Left out: deploy/image-packages.mjs\n');
  }
}

const [sandboxFolder] = process.argv.slice(2);
if (sandboxFolder === undefined) throw new Error('name the folder for what the sandbox alone needs');
takeOut(sandboxFolder);
