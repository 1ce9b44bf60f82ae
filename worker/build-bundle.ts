/** Build step: `node dist/worker/build-bundle.js` bundles the workflows. */
import { readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { BUNDLE_PATH } from './bundle.ts';
import { portableBundle } from './portable-bundle.ts';

const logger = new DefaultLogger('WARN');
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
/** Plain values: nothing in them belongs to a run. */
async function modelFiles(): Promise<string[]> {
  const names = await readdir(path('../model'));
  return names.filter((name) => name.endsWith('.js')).map((name) => path(`../model/${name}`));
}

const { code } = await bundleWorkflowCode({
  workflowsPath: path('../workflows/index.js'),
  workflowInterceptorModules: [path('../workflows/common/trace-interceptors.js')],
  failureConverterPath: path('../workflows/common/failure-converter.js'),
  // Schemas are the costly part of starting a workflow. They hold nothing of a single run, so all runs share them.
  preloadModules: ['zod', path('../workflows/input.js'), ...(await modelFiles())],
  logger,
});
await writeFile(BUNDLE_PATH, portableBundle(code, path('../../')));
