/** A gRPC proxy before a Temporal server that can refuse calls as the server does: its limits of rate and of size are not to be reached in minutes. */
import { once } from 'node:events';
import { connect, constants, createServer, type ClientHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { portOf } from '../../test/support/feishu-server.ts';

/** As the server says it; the SDK knows the second one by its words. */
const REFUSALS = {
  throttle: 'namespace rate limit exceeded',
  'too large': 'grpc: received message larger than max (5242880 vs. 4194304)',
} as const;
const RESOURCE_EXHAUSTED = '8';
const UNAVAILABLE = '14';

export interface TemporalProxy {
  address: string;
  /** Until `accept`, calls of these methods (`RespondWorkflowTaskCompleted`) are refused; none named: all. */
  refuse(why: keyof typeof REFUSALS, ...methods: string[]): void;
  accept(): void;
  close(): void;
}

/** `target`: host and port. */
export async function startTemporalProxy(target: string): Promise<TemporalProxy> {
  let refusal: { why: keyof typeof REFUSALS; methods: string[] } | null = null;
  let upstream: ClientHttp2Session | undefined;
  const session = (): ClientHttp2Session => {
    if (upstream === undefined || upstream.closed || upstream.destroyed) {
      upstream = connect(`http://${target}`);
      // The calls themselves tell of it.
      upstream.on('error', () => undefined);
    }
    return upstream;
  };
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const method = String(headers[':path']).split('/').at(-1) ?? '';
    stream.on('error', () => undefined);
    if (refusal !== null && (refusal.methods.length === 0 || refusal.methods.includes(method))) {
      return end(stream, RESOURCE_EXHAUSTED, REFUSALS[refusal.why]);
    }
    const { ':path': path, ':method': verb, ':authority': _host, ...others } = headers;
    const call = session().request({ ...others, ':path': path, ':method': verb });
    let trailers: Record<string, string | string[] | undefined> = {};
    call.on('response', (answer, flags) => {
      const isOver = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      if (stream.destroyed || stream.headersSent) return;
      stream.respond(answer, { endStream: isOver, waitForTrailers: !isOver });
    });
    call.on('trailers', (said) => {
      trailers = said;
    });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    call.on('error', () => end(stream, UNAVAILABLE, 'the server is away'));
    stream.on('close', () => call.close());
    stream.pipe(call);
    call.pipe(stream);
  });
  server.on('sessionError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${portOf(server.address())}`,
    refuse: (why, ...methods) => {
      refusal = { why, methods };
    },
    accept: () => {
      refusal = null;
    },
    close: () => {
      upstream?.destroy();
      server.close();
    },
  };
}

function end(stream: ServerHttp2Stream, status: string, message: string): void {
  if (stream.destroyed) return;
  if (stream.headersSent) stream.close(constants.NGHTTP2_CANCEL);
  else {
    const headers = { ':status': 200, 'content-type': 'application/grpc' };
    stream.respond({ ...headers, 'grpc-status': status, 'grpc-message': message }, { endStream: true });
  }
}
