import { proxyActivities } from '@temporalio/workflow';
import type { CallInput } from './api-lease-worker.ts';

export { apiLease } from '../../workflows/api-lease.ts';

/** Makes `calls` calls, up to `ahead` of them at a time. */
export async function makeCalls(input: {
  app: number;
  calls: number;
  ahead: number;
  task_queue: string;
}): Promise<void> {
  const { call } = proxyActivities<{ call(o: CallInput): Promise<void> }>({
    taskQueue: input.task_queue,
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '5 seconds',
    retry: { initialInterval: '100 milliseconds', backoffCoefficient: 1.5, maximumInterval: '2 seconds' },
  });
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < input.calls) await call({ app: input.app, number: next++ });
  };
  await Promise.all(Array.from({ length: input.ahead }, caller));
}
