/** A start by the client, and each activity of a worker, as spans of one trace. Loaded only where traces are on. */
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { TRACE_HEADER, traceContextIn, traceparentOf, type TraceContext } from '../model/trace-context.ts';
import type { Tracer } from './tracer.ts';

export function tracedStarts(tracer: Tracer): WorkflowClientInterceptor {
  return {
    async start(input, next) {
      const span = { name: `StartWorkflow ${input.workflowType}`, kind: 'client', attributes: {} } as const;
      try {
        return await tracer.span(span, (context) => {
          const header = { [TRACE_HEADER]: defaultPayloadConverter.toPayload(traceparentOf(context)) };
          return next({ ...input, headers: { ...input.headers, ...header } });
        });
      } finally {
        // A command may end the process right after it.
        await tracer.flush();
      }
    },
  };
}

/** For `headers` of an activity: what it is part of. */
export function traceContextOf(headers: Headers): TraceContext | undefined {
  const given = headers[TRACE_HEADER];
  return given && traceContextIn(defaultPayloadConverter.fromPayload(given));
}
