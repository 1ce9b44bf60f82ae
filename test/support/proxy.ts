/** A proxy as companies have them, and a host with a certificate of its own that is reached by it alone. */
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { portOf } from './feishu-server.ts';

const FIXTURES = new URL('../fixtures/self-signed/', import.meta.url);
/** Names that only the proxy knows; the certificate is theirs. */
export const HOST = 'open.feishu.test';
export const CERTIFICATE = fileURLToPath(new URL('cert.pem', FIXTURES));

export interface CompanyProxy {
  url: string;
  /** Hosts and ports that it was asked to connect to. */
  asked: string[];
  close(): void;
}

/** `https://open.feishu.test`, by this proxy, is `target` over TLS. */
export async function startCompanyProxy(
  target: string,
  { credentials }: { credentials?: string } = {},
): Promise<CompanyProxy> {
  const front = createTlsServer(
    { key: readFileSync(new URL('key.pem', FIXTURES)), cert: readFileSync(CERTIFICATE) },
    (request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        const { authorization, 'content-type': type } = request.headers;
        const answer = await fetch(`${target}${request.url}`, {
          method: request.method ?? 'GET',
          headers: { ...(authorization && { authorization }), ...(type && { 'content-type': type }) },
          ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
        });
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
        response.end(Buffer.from(await answer.arrayBuffer()));
      })();
    },
  );
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const proxy = createServer((_request, response) => response.writeHead(405).end());
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    asked.push(request.url ?? '');
    if (wanted && request.headers['proxy-authorization'] !== wanted) {
      return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    }
    const upstream = connect(portOf(front.address()), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${portOf(proxy.address())}`,
    asked,
    close: () => {
      for (const socket of sockets) socket.destroy();
      for (const server of [proxy, front]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}
