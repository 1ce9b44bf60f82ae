/** The SDK's retries of a call to the Temporal server, which end with the connection. */
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor, type ConnectionOptions } from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type NextCall = Parameters<Interceptor>[1];
type GrpcCall = ReturnType<NextCall>;

const CANCELLED = 1;

/**
 * For `interceptors` of a connection, in place of the SDK's default. That one retries out of a timer: on a connection
 * which was closed meanwhile the retry throws where nobody can catch it, and ends the process.
 */
export function retryUntilClosed(): Interceptor {
  const retry = makeGrpcRetryInterceptor(defaultGrpcRetryOptions());
  return (options, nextCall) => retry(options, orCancelled(nextCall));
}

function orCancelled(nextCall: NextCall): NextCall {
  return (options) => {
    try {
      return nextCall(options);
    } catch (error) {
      return cancelledCall(error instanceof Error ? error.message : String(error));
    }
  };
}

/** A call that is over as soon as it starts. */
function cancelledCall(details: string): GrpcCall {
  const call: Pick<GrpcCall, 'start' | 'sendMessage' | 'halfClose' | 'cancelWithStatus'> = {
    start: (metadata, listener) => listener?.onReceiveStatus?.({ code: CANCELLED, details, metadata }),
    sendMessage: () => undefined,
    halfClose: () => undefined,
    cancelWithStatus: () => undefined,
  };
  return call as GrpcCall;
}
