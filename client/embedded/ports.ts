import { createServer } from 'node:net';

/** Those of Temporal's own development server. */
export const DEFAULT_PORT = 7233;
export const DEFAULT_UI_PORT = 8233;

const HOST = '127.0.0.1';

/** The wanted port where it is free on loopback, else one that the system picks. */
export async function freePort(wanted = 0): Promise<number> {
  const port = await bindOnce(wanted);
  if (port !== undefined) return port;
  const other = await bindOnce(0);
  if (other === undefined) throw new Error(`no free port on ${HOST}`);
  return other;
}

/** @returns undefined when the port is taken or not allowed */
function bindOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
