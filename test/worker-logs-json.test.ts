/** How the worker's log takes what Temporal's SDK says, without a server. */
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { temporalLogger } from '../worker/logging.ts';

/** What comes out at a level for one line of the SDK's. */
function logged(
  atLevel: string,
  level: 'INFO' | 'WARN' | 'ERROR',
  message: string,
  meta: Record<string, unknown>,
): unknown[] {
  const lines: string[] = [];
  const logger = pino({ level: atLevel }, { write: (line: string) => void lines.push(line) });
  temporalLogger(logger).log(level, message, meta);
  return lines.map((line): unknown => JSON.parse(line));
}

const CORE = { sdkComponent: 'core', target: 'temporalio_client::retry' };
const UNAVAILABLE = 'Status { code: Unavailable, message: "tcp connect error", source: None }';

const BROKEN =
  'Status { code: Unknown, message: "transport error", source: Some(tonic::transport::Error(Transport, hyper::Error(Io, …)))';
const CLOSED =
  'Status { code: Cancelled, message: "operation was canceled", source: Some(… hyper::Error(Canceled, "connection closed")))';
const NO_ANSWER = Object.assign(new Error('14 UNAVAILABLE: No connection established'), {
  code: 14,
  details: 'No connection established',
  metadata: {},
});

describe('a line of the SDK', () => {
  test.each([
    ['WARN', 'No workflows registered, not polling for workflow tasks', { sdkComponent: 'worker' }],
    ['INFO', 'No Nexus services registered, not polling for Nexus tasks', { sdkComponent: 'worker' }],
    ['INFO', 'Worker state changed', { sdkComponent: 'worker', taskQueue: 'feishu-vc.api', state: 'DRAINING' }],
    ['WARN', 'Activity failed', { sdkComponent: 'worker', workflowId: 'a', error: NO_ANSWER }],
    ['WARN', `Error when recording heartbeat: ${BROKEN}`, CORE],
    ['WARN', 'Network error while completing activity', { ...CORE, error: CLOSED }],
    ['WARN', 'gRPC call respond_workflow_task_completed retried 5 times', { ...CORE, error: UNAVAILABLE }],
    ['ERROR', 'gRPC call poll_workflow_task_queue retried 61 times', { ...CORE, error: UNAVAILABLE }],
    ['WARN', 'Network error while completing activity', { ...CORE, error: UNAVAILABLE }],
    ['WARN', `Error when recording heartbeat: ${UNAVAILABLE}`, CORE],
    [
      'WARN',
      'Error while completing workflow activation',
      { ...CORE, error: `code: 'The service is currently unavailable', message: "tcp connect error"` },
    ],
  ] as const)('of level %s goes down to debug: %s', (level, message, meta) => {
    expect(logged('info', level, message, meta)).toEqual([]);
    expect(logged('debug', level, message, meta)).toMatchObject([{ level: 20, msg: message }]);
  });

  test.each([
    ['WARN', 40, 'Activity failed', { sdkComponent: 'worker', workflowId: 'a', error: UNAVAILABLE }],
    ['WARN', 40, 'Task not found when completing', CORE],
    ['ERROR', 50, 'Error while completing workflow activation', { ...CORE, error: 'code: PermissionDenied' }],
  ] as const)('of level %s stays at %i: %s', (level, at, message, meta) => {
    expect(logged('info', level, message, meta)).toMatchObject([{ level: at, msg: message }]);
  });

  test('that the core says of each of many runs is said once a minute', () => {
    const lines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    let nowMs = 0;
    const sdk = temporalLogger(logger, () => nowMs);
    const say = (target: string, run: number) => sdk.warn(`${run}: it took long`, { ...CORE, target });
    for (let run = 0; run < 100; run++) say('managed_run', run);
    say('another place', 0);
    nowMs = 60_000;
    say('managed_run', 100);
    const said = lines.map((line): unknown => (JSON.parse(line) as { msg: unknown }).msg);
    expect(said).toEqual(['0: it took long', '0: it took long', '100: it took long']);
  });
});
