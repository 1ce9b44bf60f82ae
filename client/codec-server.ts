/**
 * Opens what histories hold for Temporal's UI and command line: `POST /encode` and `/decode`, as their remote codec asks.
 * Whoever has its token reads all that its keys open.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { PayloadKeyError } from '../temporal/payload-keys.ts';

export interface CodecServerOptions {
  host: string;
  /** 0: any. */
  port: number;
  codec: PayloadCodec;
  /** As `Authorization: Bearer …`; or as the first part of the path, since the UI sends nothing but its own user's token. */
  token: string;
  /** The only origin whose pages may ask, such as `http://127.0.0.1:8233`. */
  uiOrigin: string;
}

/** More than a server takes as one message, 4 MiB, in base64. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** A page of a history has some hundred. */
const MOST_PAYLOADS = 10_000;
/** What the UI sends along. */
const HEADERS = 'authorization, authorization-extras, content-type, x-namespace';

const bodySchema = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string(), z.base64()).optional(), data: z.base64().optional() }))
    .max(MOST_PAYLOADS),
});

/** What is wrong with a request. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function startCodecServer(o: CodecServerOptions): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => void answer(o, request, response));
  server.requestTimeout = 10_000;
  server.listen({ host: o.host, port: o.port });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(o: CodecServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { origin } = request.headers;
  response.setHeader('cache-control', 'no-store');
  response.setHeader('vary', 'Origin');
  if (origin === o.uiOrigin) {
    response.setHeader('access-control-allow-origin', o.uiOrigin);
    response.setHeader('access-control-allow-credentials', 'true');
  }
  try {
    if (origin !== undefined && origin !== o.uiOrigin) throw new Refused(403, 'not an origin that may ask');
    if (request.method === 'OPTIONS') return preflight(response);
    if (request.method !== 'POST') throw new Refused(405, 'POST only');
    const payloads = await convert(o, workOf(o, request), await bodyOf(request));
    send(response, 200, { payloads });
  } catch (error) {
    // An answer to what was not read to its end closes the connection.
    response.setHeader('connection', 'close');
    if (error instanceof Refused) send(response, error.status, { message: error.message });
    else if (error instanceof PayloadKeyError) send(response, 400, { message: error.message });
    else send(response, 500, { message: 'it did not work' });
  }
}

function preflight(response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'POST');
  response.setHeader('access-control-allow-headers', HEADERS);
  response.setHeader('access-control-max-age', '600');
  response.writeHead(204).end();
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** @throws Refused where the token is not there, or nothing is done under this path */
function workOf({ token }: CodecServerOptions, { url = '/', headers }: IncomingMessage): 'encode' | 'decode' {
  const parts = (url.split('?')[0] ?? '').split('/').slice(1);
  const [given, work] = parts.length === 1 ? [undefined, parts[0]] : [parts[0], parts[1]];
  const [, bearer] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? [];
  if (![given, bearer].some((text) => text !== undefined && isSame(text, token))) throw new Refused(401, 'no token');
  if (parts.length > 2 || (work !== 'encode' && work !== 'decode')) throw new Refused(404, '/encode and /decode');
  return work;
}

/** In a time that says nothing of where they differ. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(left!, right!);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Refused(413, `at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refused(400, 'takes JSON');
  }
}

async function convert({ codec }: CodecServerOptions, work: 'encode' | 'decode', body: unknown): Promise<object[]> {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) throw new Refused(400, 'takes {"payloads":[{"metadata":{…},"data":…}]}, values in base64');
  const payloads = parsed.data.payloads.map(({ metadata = {}, data }): Payload => ({
    metadata: mapped(metadata, (text) => Buffer.from(text, 'base64')),
    ...(data !== undefined && { data: Buffer.from(data, 'base64') }),
  }));
  return (await codec[work](payloads)).map(({ metadata, data }) => ({
    metadata: mapped(metadata ?? {}, base64),
    ...(data && { data: base64(data) }),
  }));
}

function mapped<A, B>(values: Record<string, A>, of: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(value)]));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
