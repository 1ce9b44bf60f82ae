/** Which span something is part of, in W3C's form `00-TRACE-SPAN-01`. */
export interface TraceContext {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
}

/** The header of workflows and activities. */
export const TRACE_HEADER = 'traceparent';

export function traceparentOf({ traceId, spanId }: TraceContext): string {
  return `00-${traceId}-${spanId}-01`;
}

/** Undefined for anything else. */
export function traceContextIn(text: unknown): TraceContext | undefined {
  const [, traceId, spanId] = (typeof text === 'string' && /^00-([\da-f]{32})-([\da-f]{16})-01$/.exec(text)) || [];
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
}
