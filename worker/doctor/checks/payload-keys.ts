/** Whether the keys that seal histories open those that are there. */
import type { Payload } from '@temporalio/common';
import { SealingCodec } from '../../../temporal/payload-codec.ts';
import { PayloadKeyError, payloadKeysIn, type SealingKey } from '../../../temporal/payload-keys.ts';
import { fail, ok, skip, warn, type Check } from '../check.ts';
import { messageOf } from '../outcome.ts';
import type { TemporalProbe } from '../temporal-probe.ts';

/** Of each: open runs, closed runs, schedules. */
const LOOKED_AT = 30;
const PAGE = 'docs/payload-encryption.md';

export const payloadKeys: Check = {
  name: 'payload_keys',
  run: async ({ env, temporal: probe, isOffline }) => {
    const { keys, problems } = payloadKeysIn(env);
    if (problems.length > 0) return fail(problems.join('; '), `Put the keys right: ${PAGE}`);
    const [first, ...others] = keys;
    const sealing =
      first === undefined
        ? 'histories are not sealed'
        : `"${first.id}" seals histories${others.length === 0 ? '' : `, and ${others.map(({ id }) => `"${id}"`).join(', ')} too opens them`}`;
    if (isOffline || !(await probe.connection()).ok) return keys.length === 0 ? skip(sealing) : ok(sealing);
    try {
      const [open, closed] = [await unopened(probe, keys, OPEN), await unopened(probe, keys, CLOSED)];
      if (open.length > 0) return fail(`open runs or schedules cannot go on here: ${inWords(open)}`, nextFor(open));
      if (closed.length > 0) return warn(`closed runs cannot be read here: ${inWords(closed)}`, nextFor(closed));
      return ok(`${sealing}; the newest runs can be read here`);
    } catch (error) {
      return warn(`${sealing}; runs cannot be looked at: ${messageOf(error)}`, 'Look at namespace above');
    }
  },
};

const OPEN = 'CloseTime IS NULL';
const CLOSED = 'CloseTime IS NOT NULL';

function inWords(errors: readonly PayloadKeyError[]): string {
  return errors.map(({ message }) => message).join('; ');
}

function nextFor(errors: readonly PayloadKeyError[]): string {
  const lacking = errors.find(({ why }) => why === 'not here');
  if (lacking !== undefined)
    return `Add the key to TEMPORAL_PAYLOAD_KEYS, behind the others, here and wherever runs are started or done (${PAGE})`;
  return `Give TEMPORAL_PAYLOAD_KEYS the same key under "${errors[0]?.keyId}" here and wherever runs are started or done, and each other key an id of its own (${PAGE})`;
}

/** What the keys do not open of the inputs of runs and schedules, each key once. */
async function unopened(probe: TemporalProbe, keys: readonly SealingKey[], query: string): Promise<PayloadKeyError[]> {
  const codec = new SealingCodec(keys);
  const said = new Map<string, PayloadKeyError>();
  const inputs = [...(await inputsOfRuns(probe, query)), ...(query === OPEN ? await inputsOfSchedules(probe) : [])];
  for (const payloads of inputs) {
    await codec.decode(payloads).catch((error: unknown) => {
      if (!(error instanceof PayloadKeyError)) throw error;
      said.set(error.message, error);
    });
  }
  return [...said.values()];
}

async function inputsOfRuns(probe: TemporalProbe, query: string): Promise<Payload[][]> {
  const { executions } = await probe.ask(({ workflowService }, { namespace }) =>
    workflowService.listWorkflowExecutions({ namespace, query, pageSize: LOOKED_AT }),
  );
  const inputs: Payload[][] = [];
  for (const { execution } of executions) {
    const { history } = await probe.ask(({ workflowService }, { namespace }) =>
      workflowService.getWorkflowExecutionHistory({ namespace, execution: execution ?? null, maximumPageSize: 1 }),
    );
    inputs.push(history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? []);
  }
  return inputs;
}

async function inputsOfSchedules(probe: TemporalProbe): Promise<Payload[][]> {
  const { schedules } = await probe.ask(({ workflowService }, { namespace }) =>
    workflowService.listSchedules({ namespace, maximumPageSize: LOOKED_AT }),
  );
  const inputs: Payload[][] = [];
  for (const { scheduleId } of schedules) {
    const { schedule } = await probe.ask(({ workflowService }, { namespace }) =>
      workflowService.describeSchedule({ namespace, scheduleId: scheduleId ?? null }),
    );
    inputs.push(schedule?.action?.startWorkflow?.input?.payloads ?? []);
  }
  return inputs;
}
