import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiLeaseWorkflowId } from '../worker/api-lease/shards.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { summarise } from './support/api-lease-figures.ts';
import type { Incident } from './support/api-lease-figures.ts';
import { startRig } from './support/api-lease-rig.ts';
import type { Rig, WorkerProcess } from './support/api-lease-rig.ts';

const cli = await temporalCli();
const limit = { calls: 100, windowMs: 6_000 };

const holds = (worker: WorkerProcess): boolean => worker.heldShards.length > 0;

describe.skipIf(!cli)('three processes that share a limit', () => {
  let rig: Rig;
  let calls: Promise<void>;
  const incidents: Incident[] = [];
  const note = (kind: Incident['kind']): void => void incidents.push({ kind, atMs: performance.now() });

  beforeAll(async () => {
    rig = await startRig({ cli: cli!, processes: 3, apps: 1, limit, latencyMs: 20, unansweredMs: 2_000 });
    calls = rig.makeCalls(600);
    await rig.reached(150);
  }, 300_000);
  afterAll(() => rig.stop());

  /** So many more calls, or, where takings over took long, those that there were. */
  const made = (more: number): Promise<void> => Promise.race([rig.reached(rig.arrivals.length + more), calls]);

  /** Another process makes the calls, and this one knows that it does not. */
  const replaced = async (old: WorkerProcess): Promise<boolean> => {
    while (holds(old) || !rig.workers.some(holds)) await delay(50);
    return true;
  };

  it('go on when the one that makes the calls is killed', async () => {
    const killed = await rig.holder();
    note('SIGKILL');
    killed.child.kill('SIGKILL');
    await made(60);
    expect(await replaced(killed)).toBe(true);
  });

  it('go on when it is stopped, and when it wakes up and finds that it lost the lease', async () => {
    const stopped = await rig.holder();
    note('SIGSTOP');
    stopped.child.kill('SIGSTOP');
    await delay(8_000);
    note('SIGCONT');
    stopped.child.kill('SIGCONT');
    await made(40);
    expect(await replaced(stopped)).toBe(true);
  });

  it('hand the calls over in order when it is asked to end', async () => {
    const ended = await rig.holder();
    note('SIGTERM');
    ended.child.kill('SIGTERM');
    await made(40);
    expect(await replaced(ended)).toBe(true);
  });

  it('hand the calls over when the lease workflow is terminated, with the record of recent calls', async () => {
    const handle = rig.client.workflow.getHandle(apiLeaseWorkflowId(rig.taskQueue));
    const before = (await handle.describe()).runId;
    note('terminated');
    await handle.terminate('a test');
    await calls;
    const renewed = async (): Promise<boolean> => {
      while ((await handle.describe()).runId === before) await delay(50);
      return true;
    };
    expect(await renewed()).toBe(true);
  });

  it('never exceed a window through all of that, and make every call', () => {
    const figures = summarise({ arrivals: rig.arrivals, limit, incidents });
    expect(figures.throttled).toBe(0);
    expect(figures.mostInAnyWindow).toBeLessThanOrEqual(limit.calls);
    expect(rig.arrivals.length).toBeGreaterThanOrEqual(600);
  });
});
