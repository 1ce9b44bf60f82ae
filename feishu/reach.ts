import { connect } from 'node:net';
import { proxyFor } from './proxy.ts';

/**
 * Whether a TCP connection to the origin, or to the proxy that leads to it, comes about in time. Nothing is sent, so it counts
 * against no quota.
 */
export async function canConnect(origin: string, timeoutMs = 3000): Promise<boolean> {
  const { hostname, port, protocol } = proxyFor(origin) ?? new URL(origin);
  return await new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(port) || (protocol === 'http:' ? 80 : 443), timeout: timeoutMs });
    const end = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
