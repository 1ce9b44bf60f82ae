/** Answers whoever asks whether this worker lives and whether it can work. No data of anybody's is in the answers. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { Store } from '../store/store.ts';
import type { ListenAddress } from './listen-settings.ts';

/** A store that takes longer for one small file is of no use to whoever asks. */
const STORE_MS = 3_000;

export interface HealthOptions {
  store: Pick<Store, 'identity'>;
  /** Whether it asks Temporal for work. */
  isPolling(): boolean;
  temporal: { readonly isAway: boolean };
  storeMs?: number;
}

/** What a worker needs and has not, in the words of `/readyz`. */
type Missing = 'polling' | 'temporal' | 'store';

/** `/healthz`: the process answers. `/readyz`: it polls Temporal and reaches the store; 503 with what is missing. */
export async function startHealth(
  { host, port }: ListenAddress,
  o: HealthOptions,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
    };
    // Nothing that is sent along is read.
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, { error: 'GET and HEAD only' });
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return answer(200, { alive: true });
      case '/readyz':
        return void missingIn(o).then((missing) =>
          answer(missing.length === 0 ? 200 : 503, { ready: missing.length === 0, missing }),
        );
      default:
        return answer(404, { error: '/healthz and /readyz' });
    }
  });
  server.requestTimeout = 10_000;
  server.listen({ host, port });
  await once(server, 'listening');
  return { port: portOf(server), close: () => closed(server) };
}

async function missingIn({ store, isPolling, temporal, storeMs = STORE_MS }: HealthOptions): Promise<Missing[]> {
  const missing: Missing[] = [];
  if (!isPolling()) missing.push('polling');
  if (temporal.isAway) missing.push('temporal');
  if (!(await reaches(store, storeMs))) missing.push('store');
  return missing;
}

/** The file that says whose data it holds is there from the worker's start on. */
async function reaches(store: HealthOptions['store'], withinMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), withinMs)));
  try {
    return await Promise.race([store.identity().then((identity) => identity !== null), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
