/** Build step: `node dist/worker/build-bundle.js` bundles the workflows. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { BUNDLE_PATH } from './bundle.js';
const logger = new DefaultLogger('WARN');
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const { code } = await bundleWorkflowCode({
    workflowsPath: path('../workflows/index.js'),
    // Schemas are the costly part of starting a workflow. They hold nothing of a single run, so all runs share them.
    preloadModules: ['zod', path('../workflows/input.js')],
    logger,
});
await writeFile(BUNDLE_PATH, code);
//# sourceMappingURL=build-bundle.js.map