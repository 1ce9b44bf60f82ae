/** A TCP proxy in front of a server that can hold one exchange at a chosen point, for as long as a test wants. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * `request`: nothing of it reaches the server. `answer`: the server has done the work, its answer does not leave.
 * `body`: the answer stops in the middle of its body.
 */
export type HoldAt = 'request' | 'answer' | 'body';

export interface Hold {
  /** Resolves when an exchange is held. */
  held: Promise<void>;
  /** Lets the exchange go on. */
  release(): void;
}

export interface HoldingProxy {
  url: string;
  /** Holds the next exchange whose request line contains `match`, once. */
  hold(match: string, at: HoldAt): Hold;
  close(): Promise<void>;
}

/** Behind the headers, before the end of any file. */
const BYTES_BEFORE_A_BODY_STOPS = 1500;

interface Trap {
  match: string;
  at: HoldAt;
  spring(): void;
  released: Promise<void>;
}

export async function startHoldingProxy(target: string): Promise<HoldingProxy> {
  const { hostname, port } = new URL(target);
  const traps: Trap[] = [];
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // A killed process resets its connections; the other side is closed below.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    relay({ client, upstream, take: (line) => takeTrap(traps, line) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    hold: (match, at) => {
      const held = deferred();
      const released = deferred();
      traps.push({ match, at, spring: held.resolve, released: released.promise });
      return { held: held.promise, release: released.resolve };
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  const result = { resolve: () => {} };
  const promise = new Promise<void>((resolve) => (result.resolve = resolve));
  return { promise, resolve: () => result.resolve() };
}

function takeTrap(traps: Trap[], requestLine: string): Trap | undefined {
  const index = traps.findIndex((trap) => requestLine.includes(trap.match));
  return index === -1 ? undefined : traps.splice(index, 1)[0];
}

/** Requests come one after the other on a connection, each beginning with a chunk of its own. */
function relay({
  client,
  upstream,
  take,
}: {
  client: Socket;
  upstream: Socket;
  take: (line: string) => Trap | undefined;
}) {
  let trap: Trap | undefined;
  let answered = 0;
  client.on('data', (chunk) => {
    trap ??= take(chunk.toString('latin1').split('\r\n', 1)[0] ?? '');
    if (trap?.at !== 'request') return void upstream.write(chunk);
    hold(client, trap, () => upstream.write(chunk));
  });
  upstream.on('data', (chunk) => {
    if (trap === undefined || trap.at === 'request') return void client.write(chunk);
    const passes = trap.at === 'answer' ? 0 : Math.max(0, BYTES_BEFORE_A_BODY_STOPS - answered);
    answered += chunk.length;
    if (passes > 0) client.write(chunk.subarray(0, passes));
    if (chunk.length > passes) hold(upstream, trap, () => client.write(chunk.subarray(passes)));
  });

  function hold(from: Socket, { spring, released }: Trap, goOn: () => void): void {
    from.pause();
    spring();
    void released.then(() => {
      trap = undefined;
      answered = 0;
      goOn();
      from.resume();
    });
  }
}
