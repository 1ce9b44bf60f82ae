/** One trace from the client's start to the calls of Feishu, as a collector gets it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDay, SMALL } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { until } from './support/operators.ts';
import { startProduct, type Product } from './support/product.ts';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
  status: { code: number };
}
interface Sent {
  resourceSpans: { resource: { attributes: object[] }; scopeSpans: { spans: Span[] }[] }[];
}

const cli = await temporalCli();

describe.skipIf(!cli)('with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  let collector: Server;
  let product: Product;
  const sent: { path: string; token: string | undefined; body: Sent }[] = [];
  const spans = (): Span[] =>
    sent.flatMap(({ body }) => body.resourceSpans.flatMap((each) => each.scopeSpans.flatMap((scope) => scope.spans)));

  const root = (): Span | undefined => spans().find(({ name }) => name === 'StartWorkflow exportDay');

  beforeAll(async () => {
    collector = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => (text += part));
      request.on('end', () => {
        const token = request.headers['x-token'];
        sent.push({ path: request.url ?? '', token: String(token), body: JSON.parse(text) as Sent });
        response.end('{}');
      });
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    product = await startProduct({
      cli: cli!,
      sandbox: { ...SMALL, meetingsPerDay: 2, minutesPerMeeting: 5 },
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-token=a%20b',
        OTEL_SERVICE_NAME: 'exports',
      },
    });
  });
  afterAll(async () => {
    await product.stop();
    collector.close();
  });

  test('a run is one trace: start, runs, activities and calls, each below what caused it', async () => {
    const day = findDay(product.sandbox.tenant, '2025-05-01', (all) => all.length > 1);
    await (await product.client.start('exportDay', { day })).result();
    const ofTrace = () => spans().filter(({ traceId }) => traceId === root()?.traceId);
    const ended = () => ofTrace().some(({ name }) => name === 'RunWorkflow exportDay');
    // They come in batches, those of the client in its own; what caused a span may come after it.
    const orphans = () =>
      ofTrace().filter(({ parentSpanId }) => parentSpanId && !ofTrace().some(({ spanId }) => spanId === parentSpanId));
    await until(() => ended() && orphans().length === 0);
    const all = ofTrace();
    if (process.env['SHOW_TRACE'] !== undefined) console.log(treeOf(all));
    expect(root()?.parentSpanId).toBeUndefined();
    const chains = all.map((span) => chainOf(span, all).join(' > '));
    expect(chains).toContain(
      'StartWorkflow exportDay > RunWorkflow exportDay > RunWorkflow exportResource > RunActivity createExportTask > ' +
        'POST /open-apis/vc/v1/exports/meeting_list',
    );
    expect(chains).toContain(
      'StartWorkflow exportDay > RunWorkflow exportDay > RunWorkflow meetingQuality > RunWorkflow participantQuality > ' +
        'RunActivity fetchListPage > GET /open-apis/vc/v1/participant_quality_list',
    );
    expect(chains.filter((chain) => !chain.startsWith('StartWorkflow exportDay'))).toEqual([]);
    expect(sent[0]).toMatchObject({ path: '/v1/traces', token: 'a b' });
    expect(JSON.stringify(sent[0]!.body.resourceSpans[0]!.resource)).toContain('"exports"');
  });

  test('no span says more than names, counts and statuses', () => {
    const attributes = spans().flatMap((span) => span.attributes);
    expect([...new Set(attributes.map(({ key }) => key))].toSorted()).toEqual(
      expect.arrayContaining(['attempt', 'feishu.endpoint', 'http.request.method', 'http.response.status_code']),
    );
    const known =
      /^(attempt|error\.type|feishu\.endpoint|http\.request\.method|http\.response\.status_code|url\.template)$/;
    expect(attributes.filter(({ key }) => !known.test(key))).toEqual([]);
    const texts = [...spans().map(({ name }) => name), ...attributes.map(({ value }) => value.stringValue ?? '')];
    expect(texts.filter((text) => !/^[A-Za-z0-9 /:._-]*$/.test(text) || /\d{5}/.test(text))).toEqual([]);
  });
});

/** Names from the root down. */
function chainOf(span: Span, all: readonly Span[]): string[] {
  const parent = all.find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent === undefined ? [] : chainOf(parent, all)), span.name];
}

function treeOf(all: readonly Span[], parent?: string, indent = ''): string {
  return all
    .filter(({ parentSpanId }) => parentSpanId === parent)
    .map(
      ({ name, spanId, status }) =>
        `${indent}${name}${status.code === 2 ? ' !' : ''}\n${treeOf(all, spanId, `${indent}  `)}`,
    )
    .join('');
}
