/**
 * Recorded runs, replayed with today's workflow code, as a worker does it with every run that is under way when a new
 * version is rolled out.
 *
 * A failure means that such runs would stop with a DeterminismViolationError until the old code is back. Guard the
 * change with `patched()`, as docs/decisions/versioning.md says; recording the fixtures anew only hides it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type ReplayWorkerOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import type { DataConverter } from '@temporalio/common';
import { DeterminismViolationError } from '@temporalio/workflow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataConverterWith } from '../temporal/data-converter.ts';
import { payloadKeysIn } from '../temporal/payload-keys.ts';
import { workflowBundle } from '../worker/bundle.ts';
import { historyFromJson } from './support/history-json.ts';
import { DIST } from './support/product.ts';
import { ROOT } from './support/tree.ts';

const FOLDER = join(ROOT, 'test/replay');
const BUNDLE = join(DIST, 'workflow-bundle.js');

interface Recorded {
  name: string;
  workflowId: string;
  type: string;
  taskQueue: string;
  history: unknown;
}

const fixtures = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => recorded(file.replace(/\.json$/, '')));

/** The first event says of which run it is; so any file that `temporal workflow show --output json` wrote will do. */
function recorded(name: string): Recorded {
  const history = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as {
    events: {
      workflowExecutionStartedEventAttributes?: {
        workflowId: string;
        workflowType: { name: string };
        taskQueue: { name: string };
      };
    }[];
  };
  const started = history.events[0]?.workflowExecutionStartedEventAttributes;
  if (!started) throw new Error(`${name}.json does not begin with the start of a run`);
  const { workflowId, workflowType, taskQueue } = started;
  return { name, workflowId, type: workflowType.name, taskQueue: taskQueue.name, history };
}

/** What each history came to: null where it replays. */
async function replay(
  bundle: WorkflowBundleOption,
  histories: Recorded[],
  dataConverter: DataConverter = {},
): Promise<Map<string, Error | null>> {
  const outcomes = new Map<string, Error | null>();
  for (const taskQueue of new Set(histories.map((fixture) => fixture.taskQueue))) {
    // Ids are derived from the queue that a run is on; the SDK would make one up.
    const options: ReplayWorkerOptions & { taskQueue: string } = { workflowBundle: bundle, taskQueue, dataConverter };
    const alike = histories.filter((fixture) => fixture.taskQueue === taskQueue);
    const read = alike.map(({ workflowId, history }) => ({ workflowId, history: historyFromJson(history) }));
    let at = 0;
    // One after the other, in the order given.
    for await (const { error } of Worker.runReplayHistories(options, read)) {
      outcomes.set(alike[at++]?.name ?? '', error ?? null);
    }
  }
  return outcomes;
}

/** The sentence within the SDK's message that says what differs. */
const gistOf = ({ message }: Error): string => /\[TMPRL\d+\] [^"\\]*/.exec(message)?.[0] ?? message;
const failuresOf = (outcomes: Map<string, Error | null>): Record<string, string> =>
  Object.fromEntries([...outcomes].flatMap(([name, error]) => (error ? [[name, gistOf(error)]] : [])));

/** A replay that fails, as some here must, fills the output otherwise. */
const silent = new DefaultLogger('ERROR', () => undefined);
beforeAll(() => {
  Runtime.install({ logger: silent });
});

describe('the workflows as they are now', () => {
  test('replay every recorded history', async () => {
    expect(existsSync(BUNDLE), 'npm run build has not been run').toBe(true);
    const outcomes = await replay({ codePath: BUNDLE }, fixtures);
    expect([...outcomes.keys()].toSorted()).toEqual(fixtures.map(({ name }) => name).toSorted());
    expect(failuresOf(outcomes)).toEqual({});
  });

  test('replay them with keys that seal what runs write from now on, and with traces', async () => {
    const { keys } = payloadKeysIn({ TEMPORAL_PAYLOAD_KEYS: `a:${Buffer.alloc(32).toString('base64')}` });
    const bundle = await workflowBundle({ sealsFailures: true, traces: true, path: BUNDLE });
    expect(failuresOf(await replay(bundle, fixtures, dataConverterWith(keys)))).toEqual({});
  });

  test('have histories of every type recorded', () => {
    const index = readFileSync(join(ROOT, 'workflows/index.ts'), 'utf8');
    const types = [...index.matchAll(/export \{ (\w+) \}/g)].map(([, type]) => type ?? '');
    expect([...new Set(fixtures.map((fixture) => fixture.type))].toSorted()).toEqual(types.toSorted());
    expect(fixtures.length).toBeGreaterThanOrEqual(20);
  });

  test('were recorded without a secret and without a trace of the machine', () => {
    for (const { name, history } of fixtures) {
      const text = JSON.stringify(history, (_key, value: unknown) => decoded(value));
      expect(text, name).not.toMatch(/sandbox-secret|"identity"|stackTrace|Bearer |\bt-[0-9a-f]{16}/);
    }
  });
});

/** Payloads are base64 within the JSON. */
function decoded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('data' in value) || typeof value.data !== 'string') return value;
  return { ...value, data: Buffer.from(value.data, 'base64').toString('utf8') };
}

/** Texts of one file of the workflows, and what stands in their place. */
interface Variant {
  file: string;
  edits: [from: string, to: string][];
}

describe('a change of the workflows', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'feishu-vc-variant-'));
    for (const folder of ['workflows', 'feishu', 'activities', 'model']) {
      await cp(join(ROOT, folder), join(dir, folder), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  });
  afterAll(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  /** Bundles the workflows with this one change. */
  async function variant({ file, edits }: Variant): Promise<WorkflowBundleOption> {
    const path = join(dir, 'workflows', file);
    const source = await readFile(path, 'utf8');
    let changed = source;
    for (const [from, to] of edits) {
      expect(changed.split(from), `${file} does not have this text once: ${from}`).toHaveLength(2);
      changed = changed.replace(from, () => to);
    }
    await writeFile(path, changed);
    try {
      return await bundleWorkflowCode({ workflowsPath: join(dir, 'workflows/index.ts'), logger: silent });
    } finally {
      await writeFile(path, source);
    }
  }

  async function replayed(fixture: string, change: Variant): Promise<Error | null | undefined> {
    const histories = fixtures.filter(({ name }) => name === fixture);
    return (await replay(await variant(change), histories)).get(fixture);
  }

  const LOOK = 'const state = await poll(run, task, polls);';

  test.each<Variant & { what: string; fixture: string }>([
    {
      what: 'an activity is left out',
      fixture: 'export-resource-plain',
      file: 'export-resource.ts',
      edits: [['await files.storeResource.executeWithOptions', '((..._: unknown[]) => ({ uri: "" }))']],
    },
    {
      what: 'an activity is added',
      fixture: 'export-resource-plain',
      file: 'common/export-task.ts',
      edits: [[LOOK, `await files.sealedDay({} as never); ${LOOK}`]],
    },
    {
      what: 'a child gets another type',
      fixture: 'export-day-behind-the-lock',
      file: 'day/lock.ts',
      edits: [["startChild<ExportDay>('exportDay'", "startChild<ExportDay>('backfill'"]],
    },
  ])('is caught where $what', async ({ fixture, ...change }) => {
    expect(await replayed(fixture, change)).toBeInstanceOf(DeterminismViolationError);
  });

  test('passes where it is guarded by patched()', async () => {
    const outcome = await replayed('export-resource-plain', {
      file: 'common/export-task.ts',
      edits: [
        ["import { sleep } from '@temporalio/workflow';", "import { patched, sleep } from '@temporalio/workflow';"],
        [LOOK, `if (patched('look-later')) await sleep('1 second'); ${LOOK}`],
      ],
    });
    expect(outcome).toBeNull();
  });
});
