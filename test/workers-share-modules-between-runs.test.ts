/**
 * A cached workflow is small because the costly modules are loaded once for all of them. Without that each holds a copy
 * of every schema, some 900 KB more, and the worker's memory is gone before its cache is full.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { maxCachedWorkflows } from '../worker/cache-size.ts';
import { DIST } from './support/product.ts';

/** As far as this test looks into the SDK: how a worker loads a bundle and begins a workflow in it. */
interface Sdk {
  parseWorkflowCode(code: string, path: string): object;
  ReusableVMWorkflowCreator: {
    create(bundle: object, timeoutMs: number, activities: Set<string>): Promise<Creator>;
  };
}
interface Creator {
  createWorkflow(options: object): Promise<Cached>;
  destroy(): Promise<void>;
}
interface Cached {
  activator: { moduleCache: Map<string, unknown> };
  dispose(): Promise<void>;
}

const require = createRequire(import.meta.url);
const { parseWorkflowCode } = require('@temporalio/worker/lib/worker.js') as Pick<Sdk, 'parseWorkflowCode'>;
const { ReusableVMWorkflowCreator } = require('@temporalio/worker/lib/workflow/reusable-vm.js') as Pick<
  Sdk,
  'ReusableVMWorkflowCreator'
>;

const BUNDLE = join(DIST, 'workflow-bundle.js');
/** The workflows themselves keep state in their modules, and so does the SDK; `?1234` stands for what is left out. */
const ITS_OWN = /^(\.\/dist\/workflows\/|\.\/node_modules\/@temporalio\/|\?)/;

test.each(['backfill', 'exportDay', 'exportResource', 'meetingQuality', 'participantQuality'])(
  'a cached %s holds modules of the workflows and the SDK, and shares all others',
  async (workflowType) => {
    const own = await modulesOf(await readFile(BUNDLE, 'utf8'), workflowType);
    expect(own.filter((module) => !ITS_OWN.test(module))).toEqual([]);
    expect(own).toContain(`./dist/workflows/index.js`);
  },
);

test('without the preload each would hold the schemas', async () => {
  const code = (await readFile(BUNDLE, 'utf8')).replace('exports.preloadModules =', 'exports.notCalled =');
  const own = await modulesOf(code, 'participantQuality');
  expect(own.filter((module) => module.includes('/zod/')).length).toBeGreaterThan(10);
});

async function modulesOf(code: string, workflowType: string): Promise<string[]> {
  const creator = await ReusableVMWorkflowCreator.create(parseWorkflowCode(code, BUNDLE), 10_000, new Set());
  try {
    const info = { workflowId: workflowType, runId: workflowType, workflowType, unsafe: { now: Date.now } };
    const randomnessSeed = Array.from({ length: 16 }, (_, i) => i);
    const workflow = await creator.createWorkflow({ info, randomnessSeed, now: 0, showStackTraceSources: false });
    const modules = [...workflow.activator.moduleCache.keys()];
    await workflow.dispose();
    return modules;
  } finally {
    await creator.destroy();
  }
}

test('the cache takes a quarter of what Node may use, and never shrinks to nothing', () => {
  const GiB = 1024 ** 3;
  expect(maxCachedWorkflows(4 * GiB)).toBe(5461);
  expect(maxCachedWorkflows(2 * GiB)).toBe(2730);
  expect(maxCachedWorkflows(GiB / 64)).toBe(100);
});
