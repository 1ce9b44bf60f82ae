/** A TCP proxy that can be gone: its connections are cut, and new ones refused, until it is back on the same port. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface RefusingProxy {
  url: string;
  refuse(): Promise<void>;
  accept(): Promise<void>;
  close(): Promise<void>;
}

export async function startRefusingProxy(target: string): Promise<RefusingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let ownPort = 0;

  function relay(from: Socket, to: Socket): void {
    sockets.add(from);
    from.pipe(to);
    // A connection that is cut on one side is cut on the other.
    from.on('error', () => void to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  async function accept(): Promise<void> {
    server = createServer((client) => {
      const upstream = connect(Number(port), hostname);
      relay(client, upstream);
      relay(upstream, client);
    });
    server.listen(ownPort, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    ownPort = address.port;
  }

  async function refuse(): Promise<void> {
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    server = undefined;
  }

  await accept();
  return { url: `http://127.0.0.1:${ownPort}`, refuse, accept, close: refuse };
}
