/** What of a worker's work becomes spans. Loaded only where traces are on. */
import { Context } from '@temporalio/activity';
import type { InjectedSinks, WorkerInterceptors } from '@temporalio/worker';
import type { FeishuClientOptions } from '../feishu/index.ts';
import { traceContextOf } from '../temporal/trace-interceptors.ts';
import type { TraceSettings } from '../temporal/trace-settings.ts';
import { Tracer } from '../temporal/tracer.ts';
import type { TraceSinks } from '../workflows/common/trace-interceptors.ts';

export interface WorkerTraces {
  /** For a Worker of the SDK, besides the flag of its workflows. */
  options: { interceptors: Pick<WorkerInterceptors, 'activity'>; sinks: InjectedSinks<TraceSinks> };
  /** Around each call of Feishu. */
  aroundCall: NonNullable<FeishuClientOptions['aroundCall']>;
  close(): Promise<void>;
}

export function openTraces(settings: TraceSettings): WorkerTraces {
  const tracer = new Tracer(settings);
  const activity: WorkerInterceptors['activity'] = [
    () => ({
      inbound: {
        execute: (input, next) => {
          const { activityType, attempt } = Context.current().info;
          const span = { name: `RunActivity ${activityType}`, kind: 'server', attributes: { attempt } } as const;
          const parent = traceContextOf(input.headers);
          return tracer.span({ ...span, parent }, () => next(input));
        },
      },
    }),
  ];
  const sinks: InjectedSinks<TraceSinks> = {
    traces: {
      ended: {
        fn: ({ workflowType, runStartTime }, { own: context, parentSpanId, failed }) =>
          tracer.add({
            name: `RunWorkflow ${workflowType}`,
            kind: 'server',
            context,
            parentSpanId,
            startMs: runStartTime.getTime(),
            endMs: Date.now(),
            attributes: {},
            failed,
          }),
        callDuringReplay: false,
      },
    },
  };
  return {
    options: { interceptors: { activity }, sinks },
    aroundCall: ({ id, method, path }, run) => {
      const attributes = { 'http.request.method': method, 'url.template': path, 'feishu.endpoint': id };
      return tracer.span({ name: `${method} ${path}`, kind: 'client', attributes }, async (_, seen) => {
        const answer = await run();
        Object.assign(seen, { 'http.response.status_code': answer.status });
        return answer;
      });
    },
    close: () => tracer.flush(),
  };
}
