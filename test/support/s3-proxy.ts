/** Stands before an S3 server and does to its requests what a test wants. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * `busy`: 503. `full`: 507. `unknown`: 501. `drop`: the server hears nothing of it. `lose-answer`: the server does what is asked, and nobody
 * hears of that. `cut`: the connection ends in the middle of the body.
 */
export type Fate = 'pass' | 'busy' | 'full' | 'unknown' | 'drop' | 'lose-answer' | 'cut';

const REFUSALS = {
  busy: [503, 'SlowDown'],
  full: [507, 'InsufficientStorage'],
  unknown: [501, 'NotImplemented'],
} as const;

export interface S3Proxy {
  url: string;
  /** Ends every connection. */
  drop(): void;
  close(): Promise<void>;
}

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
}

/** @param fateOf is asked before a request is passed on; `done` after the server has answered, before its answer is */
export async function startS3Proxy(
  target: string,
  fateOf: (asked: Asked) => Fate | Promise<Fate>,
  done: (asked: Asked) => void | Promise<void> = () => undefined,
): Promise<S3Proxy> {
  const { hostname, port } = new URL(target);
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = incoming;
    const fate = await fateOf({ method, path, headers });
    if (fate === 'busy' || fate === 'full' || fate === 'unknown') {
      const [status, code] = REFUSALS[fate];
      incoming.resume();
      outgoing.writeHead(status, { 'content-type': 'application/xml' });
      outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
      return;
    }
    if (fate === 'drop') {
      outgoing.destroy();
      return;
    }
    const passed = request({ hostname, port, method, path, headers });
    passed.on('error', () => outgoing.destroy());
    if (fate === 'cut') {
      incoming.once('data', (chunk: Buffer) => {
        passed.write(chunk.subarray(0, Math.ceil(chunk.length / 2)));
        setTimeout(() => {
          passed.destroy();
          incoming.destroy();
        }, 20);
      });
      return;
    }
    incoming.pipe(passed);
    const [answer] = (await once(passed, 'response')) as [IncomingMessage];
    if (fate === 'lose-answer') {
      answer.resume();
      await once(answer, 'end');
      outgoing.destroy();
      return;
    }
    await done({ method, path, headers });
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    drop: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
