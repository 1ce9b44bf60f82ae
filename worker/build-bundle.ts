/** Build step: `node dist/worker/build-bundle.js` bundles the workflows. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { BUNDLE_PATH } from './bundle.ts';

const logger = new DefaultLogger('WARN');
const workflowsPath = fileURLToPath(new URL('../workflows/index.js', import.meta.url));
const { code } = await bundleWorkflowCode({ workflowsPath, logger });
await writeFile(BUNDLE_PATH, code);
