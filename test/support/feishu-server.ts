import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FeishuClient, FeishuError } from '../../feishu/index.ts';
import type { FeishuClientOptions } from '../../feishu/index.ts';

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A real HTTP server that answers as the test says, and a client of it. */
export interface FeishuServer {
  url: string;
  client: FeishuClient;
  received: Received[];
  close(): Promise<void>;
}

export type Behave = (response: ServerResponse, request: Received) => void;

export async function serve(behave: Behave, options: Partial<FeishuClientOptions> = {}): Promise<FeishuServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      received.push(seen);
      behave(response, seen);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${portOf(server.address())}`;
  const client = new FeishuClient({ baseUrl: url, ...options });
  return {
    url,
    client,
    received,
    async close() {
      await client.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function portOf(address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen on a port');
  return address.port;
}

export function sendJson(
  response: ServerResponse,
  value: unknown,
  o: { status?: number; headers?: Record<string, string> } = {},
): void {
  response.writeHead(o.status ?? 200, { 'content-type': 'application/json; charset=utf-8', ...o.headers });
  response.end(JSON.stringify(value));
}

/** The `FeishuError` that a call ends with; anything else fails the test. */
export async function errorOf(call: Promise<unknown>): Promise<FeishuError> {
  const result: unknown = await call.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  );
  if (result instanceof FeishuError) return result;
  throw new Error('expected a FeishuError', { cause: result });
}
