/** A TCP proxy whose network can hang: connections stay open and new ones are taken, but no byte passes, either way. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from './feishu-server.ts';

export interface FreezingProxy {
  /** Host and port. */
  address: string;
  freeze(): void;
  /** What was on its way arrives now, late, even where its sender has given up meanwhile. */
  thaw(): void;
  close(): Promise<void>;
}

/** @param target host and port */
export async function startFreezingProxy(target: string): Promise<FreezingProxy> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let frozen = false;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host, port: Number(port), allowHalfOpen: true });
    relay(client, upstream);
    relay(upstream, client);
  });
  function relay(from: Socket, to: Socket): void {
    sockets.add(from);
    if (frozen) from.pause();
    from.on('data', (chunk) => void to.write(chunk));
    from.on('end', () => void to.end());
    // A killed process resets its connections; the other side is ended here.
    from.on('error', () => void to.destroy());
    from.on('close', () => sockets.delete(from));
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${portOf(server.address())}`,
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw: () => {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
