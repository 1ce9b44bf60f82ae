/**
 * Any tenant, asked for in any way, at any moments, with calls that fail, answer nothing or are cut off: after each commit a
 * day is complete exactly when its tables are what the calls could know, and what differs has a gap.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FileStore } from '../store/file-store.ts';
import { anyAsks, anyTenant, DayModel } from './support/day-model.ts';
import { StagedDay } from './support/staged-day.ts';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 10);
const SEED = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31);

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-model-'));
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true, force: true });
});

test('a day is complete exactly when its tables equal the tenant as far as the calls can know', async () => {
  console.log(`MODEL_SEED=${SEED} MODEL_RUNS=${RUNS}`);
  let stores = 0;
  let commits = 0;
  const complete = { yes: 0, no: 0 };
  const property = fc.asyncProperty(anyTenant, anyAsks, async (tenant, asks) => {
    const store = new FileStore(join(folder, `store-${++stores}`));
    await store.prepare();
    const day = new StagedDay(store, tenant);
    const model = new DayModel(tenant);
    for (const asked of asks) {
      const result = await model.run(day, asked);
      if (!result) continue;
      commits++;
      const { manifest } = result;
      complete[manifest.complete ? 'yes' : 'no']++;
      const story = JSON.stringify({ gaps: manifest.gaps, units: manifest.units, why: model.why() }, null, 1);
      expect(manifest.complete, story).toBe(model.isComplete());
      const differences = manifest.complete ? await model.differences(day) : [];
      const isFinal = manifest.complete && manifest.settled && !model.wasLiedTo;
      const late = isFinal ? await model.differencesFromTheEnd(day) : [];
      expect([...differences, ...late], story).toStrictEqual([]);
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
  console.log(`${commits} commits, ${complete.yes} of them complete`);
}, 600_000);
