/** The Temporal server, and what this product needs of it. */
import { tsToMs } from '@temporalio/common/lib/time.js';
import { hasSearchAttributeType, SEARCH_ATTRIBUTE_NAMES } from '../../../model/search-attributes.ts';
import { addressProblem } from '../../../temporal/address-problem.ts';
import { grpcCode } from '../../../temporal/grpc-code.ts';
import { fail, ok, skip, warn, type Check, type Finding } from '../check.ts';
import { messageOf } from '../outcome.ts';
import type { TemporalProbe } from '../temporal-probe.ts';

const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
const DAY_MS = 86_400_000;
const WORKFLOW_TASKS = 1;
/** A poll lasts up to a minute. */
const POLLED_MS = 90_000;

const isRefusal = (error: unknown): boolean => [PERMISSION_DENIED, UNAUTHENTICATED].includes(grpcCode(error) ?? -1);

export const temporal: Check = {
  name: 'temporal',
  run: async ({ temporal: probe, isOffline }) => {
    const place = await probe.place();
    if (!place.ok)
      return fail(messageOf(place.error), 'Correct TEMPORAL_… or the file that TEMPORAL_CONFIG_FILE names');
    const { address } = place.value;
    const problem = addressProblem(address);
    if (problem !== null) return fail(`TEMPORAL_ADDRESS ${problem}`, 'Correct TEMPORAL_ADDRESS');
    if (isOffline) return skip(`${address} is not asked (--offline)`);
    const connection = await probe.connection();
    if (connection.ok) return ok(`a server answers at ${address}`);
    if (isRefusal(connection.error)) {
      return fail(`the server at ${address} refuses this caller`, 'Correct TEMPORAL_API_KEY and TEMPORAL_TLS_*');
    }
    return fail(
      `no Temporal server answers at ${address}`,
      'Start one in another terminal: feishu-vc server. Or set TEMPORAL_ADDRESS (and TEMPORAL_TLS_*) to the one you have',
    );
  },
};

/** A check that needs a server that answers. */
function ofTemporal(name: string, run: (probe: TemporalProbe, nowMs: number) => Promise<Finding>): Check {
  return {
    name,
    run: async ({ temporal: probe, isOffline, nowMs }) => {
      if (isOffline) return skip('the server is not asked (--offline)');
      if (!(await probe.connection()).ok) return skip('there is no server: see temporal');
      return await run(probe, nowMs());
    },
  };
}

export const namespace = ofTemporal('namespace', async (probe) => {
  const place = await probe.place();
  const name = place.ok ? place.value.namespace : '';
  try {
    const { config } = await probe.ask(({ workflowService }) => workflowService.describeNamespace({ namespace: name }));
    const days = Math.round(tsToMs(config?.workflowExecutionRetentionTtl) / DAY_MS);
    const seen = `${name} keeps closed runs for ${days} days`;
    if (days >= 7) return ok(seen);
    return warn(seen, `Keep them longer: temporal operator namespace update --namespace ${name} --retention 720h`);
  } catch (error) {
    if (grpcCode(error) === NOT_FOUND) {
      return fail(
        `the server has no namespace ${name}`,
        `Set TEMPORAL_NAMESPACE, or make it: temporal operator namespace create --namespace ${name} --retention 720h`,
      );
    }
    if (isRefusal(error)) return fail(`this caller may not use ${name}`, 'Give TEMPORAL_API_KEY the right to it');
    return fail(messageOf(error), 'Look at the server, then run this again');
  }
});

export const worker = ofTemporal('worker', async (probe, nowMs) => {
  const { taskQueue } = probe;
  try {
    const { pollers } = await probe.ask(({ workflowService }, place) =>
      workflowService.describeTaskQueue({
        namespace: place.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: WORKFLOW_TASKS,
      }),
    );
    const alive = pollers.filter(
      ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= nowMs - POLLED_MS,
    );
    if (alive.length > 0) return ok(`${alive.length} on the queue ${taskQueue}`);
    return warn(`none asks for work on the queue ${taskQueue}`, 'Start one with these settings: feishu-vc worker');
  } catch (error) {
    return warn(`cannot be told: ${messageOf(error)}`, 'Look at namespace above, then start one: feishu-vc worker');
  }
});

export const searchAttributes = ofTemporal('search_attributes', async (probe) => {
  try {
    const { customAttributes } = await probe.ask(({ operatorService }, place) =>
      operatorService.listSearchAttributes({ namespace: place.namespace }),
    );
    const known = SEARCH_ATTRIBUTE_NAMES.filter((name) => hasSearchAttributeType(name, customAttributes?.[name]));
    if (known.length === SEARCH_ATTRIBUTE_NAMES.length)
      return ok('runs can be found by profile, day, table and status');
    const missing = SEARCH_ATTRIBUTE_NAMES.filter((name) => !known.includes(name));
    return warn(`not registered, or with another type: ${missing.join(', ')}`, 'Register them: feishu-vc setup');
  } catch (error) {
    return warn(`cannot be told: ${messageOf(error)}`, 'Everything works without them; feishu-vc setup registers them');
  }
});
