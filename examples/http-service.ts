/**
 * An HTTP service that has days exported and tells how far they are: `npx tsx examples/http-service.ts`.
 *
 *   curl -X POST http://127.0.0.1:8080/days/2026-10-14     starts the export, or attaches to it; answers at once
 *   curl -N http://127.0.0.1:8080/runs/<workflow_id>       server-sent events: `progress` …, then `result` or `failure`
 *
 * It needs a Temporal server (TEMPORAL_ADDRESS) and a worker on it; it holds no Feishu credentials and remembers nothing:
 * started again, it finds every run by its id. It asks nobody who they are, so it listens on this machine alone,
 * and answers no web page: one whose browser runs here could start exports otherwise.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AlreadyRunningDifferentlyError,
  connectFeishuVc,
  ExportFailedError,
  InvalidInputError,
  RunNotFoundError,
  type HandleOf,
} from 'feishu-vc-export';

const TELL_EVERY_MS = 1_000;

const feishu = await connectFeishuVc();

/** A browser names the page that asks (Origin), and the name by which it came here (Host), which anybody's DNS may lead to this machine. */
function isOfWebPage({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || !/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(headers.host ?? '');
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (isOfWebPage(request)) {
    sendJson(response, 403, { error: 'asked by a web page, or by another name than localhost or 127.0.0.1' });
    return;
  }
  const [, folder, name = ''] = (request.url ?? '').split('/');
  if (request.method === 'POST' && folder === 'days') {
    const run = await feishu.start('exportDay', { day: name, refresh: 'unsettled' });
    const address = `/runs/${encodeURIComponent(run.workflowId)}`;
    const body = { workflow_id: run.workflowId, attached: run.attached, progress: address };
    sendJson(response, 202, body);
    return;
  }
  if (request.method === 'GET' && folder === 'runs') {
    await tell(await feishu.attach('exportDay', decodeURIComponent(name)), response);
    return;
  }
  sendJson(response, 404, { error: 'POST /days/YYYY-MM-DD or GET /runs/<workflow_id>' });
}

/** Whoever goes away leaves the run as it is. */
async function tell(run: HandleOf<'exportDay'>, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const send = (event: string, data: unknown) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const ended = run.result().then(
    (result) => ({ event: 'result', data: result }),
    (error: unknown) => ({ event: 'failure', data: describe(error).body }),
  );
  while (!response.destroyed) {
    send('progress', await run.progress());
    const end = await Promise.race([ended, sleep(TELL_EVERY_MS)]);
    if (end !== undefined) {
      send(end.event, end.data);
      break;
    }
  }
  response.end();
}

function describe(error: unknown): { status: number; body: object } {
  if (error instanceof InvalidInputError)
    return { status: 400, body: { error: error.message, fields: error.problems } };
  if (error instanceof RunNotFoundError) return { status: 404, body: { error: error.message } };
  if (error instanceof AlreadyRunningDifferentlyError) return { status: 409, body: { error: error.message } };
  if (error instanceof ExportFailedError) return { status: 500, body: { type: error.type, error: error.message } };
  // A server or a worker that is away: what runs goes on when it is back.
  return { status: 503, body: { error: error instanceof Error ? error.message : String(error) } };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    const { status, body } = describe(error);
    if (response.headersSent) response.end(`event: failure\ndata: ${JSON.stringify(body)}\n\n`);
    else sendJson(response, status, body);
  });
});
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
