/**
 * Hands the trace of a run on to what it starts, where the worker traces. Named by the SDK. No command changes with it: it adds
 * a header, waits for nothing and takes no random value. The ids of a run's span are made of its run id.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import { proxySinks, workflowInfo, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';
import { TRACE_HEADER, traceContextIn, traceparentOf, type TraceContext } from '../../model/trace-context.ts';
import { WORKFLOW_FLAGS } from '../../model/workflow-flags.ts';

export interface TraceSinks extends Sinks {
  traces: { ended(span: { own: TraceContext; parentSpanId: string | null; failed: boolean }): void };
}

export function interceptors(): WorkflowInterceptors {
  if (!(WORKFLOW_FLAGS.traces in globalThis)) return {};
  const { traces } = proxySinks<TraceSinks>();
  const hex = workflowInfo().runId.replaceAll('-', '');
  let own: TraceContext = { traceId: hex, spanId: hex.slice(-16) };
  const withHeader = <I extends { headers: Record<string, unknown> }, R>(input: I, next: (input: I) => R): R =>
    next({
      ...input,
      headers: { ...input.headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(traceparentOf(own)) },
    });
  return {
    inbound: [
      {
        execute(input, next) {
          const given = input.headers[TRACE_HEADER];
          const parent = given && traceContextIn(defaultPayloadConverter.fromPayload(given));
          if (parent) own = { ...own, traceId: parent.traceId };
          const result = next(input);
          const ended = (failed: boolean) => traces.ended({ own, parentSpanId: parent?.spanId ?? null, failed });
          result.then(
            () => ended(false),
            () => ended(true),
          );
          return result;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: withHeader,
        scheduleLocalActivity: withHeader,
        startChildWorkflowExecution: withHeader,
        continueAsNew: withHeader,
      },
    ],
  };
}
