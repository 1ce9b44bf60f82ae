/**
 * Spans, and their way to a collector as OTLP JSON. Loaded only where traces are on. No span holds an id, a token, a query or
 * anything of a person: names of workflows, activities and endpoints, counts, statuses and types of errors.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { TraceContext } from '../model/trace-context.ts';
import type { TraceSettings } from './trace-settings.ts';

type Attributes = Record<string, string | number>;

export interface EndedSpan {
  name: string;
  kind: 'internal' | 'server' | 'client';
  context: TraceContext;
  parentSpanId: string | null;
  /** Unix ms. */
  startMs: number;
  endMs: number;
  attributes: Attributes;
  failed: boolean;
}

const KINDS = { internal: 1, server: 2, client: 3 } as const;
const OK_OR_UNSET = 0;
const ERROR = 2;
const SEND_EVERY_MS = 2_000;
const SEND_TIMEOUT_MS = 5_000;
/** Beyond that the oldest are dropped: a collector that is away costs no memory. */
const KEPT_AT_MOST = 4_096;

export class Tracer {
  readonly #settings: TraceSettings;
  readonly #current = new AsyncLocalStorage<TraceContext>();
  #ended: EndedSpan[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: TraceSettings) {
    this.#settings = settings;
  }

  /** Runs what the span is about. `parent` undefined: what runs around it; there too, a trace of its own. */
  async span<R>(
    o: Pick<EndedSpan, 'name' | 'kind' | 'attributes'> & { parent?: TraceContext | undefined },
    run: (context: TraceContext, attributes: Attributes) => Promise<R>,
  ): Promise<R> {
    const { name, kind } = o;
    const attributes = { ...o.attributes };
    const parent = o.parent ?? this.#current.getStore();
    const context = { traceId: parent?.traceId ?? hex(16), spanId: hex(8) };
    const startMs = Date.now();
    const end = (failed: boolean) =>
      this.add({
        name,
        kind,
        attributes,
        context,
        parentSpanId: parent?.spanId ?? null,
        startMs,
        endMs: Date.now(),
        failed,
      });
    try {
      const result = await this.#current.run(context, () => run(context, attributes));
      end(false);
      return result;
    } catch (error) {
      attributes['error.type'] = typeOf(error);
      end(true);
      throw error;
    }
  }

  add(span: EndedSpan): void {
    this.#ended.push(span);
    if (this.#ended.length > KEPT_AT_MOST) this.#ended.shift();
    this.#timer ??= setTimeout(() => void this.flush(), SEND_EVERY_MS).unref();
  }

  /** Sends what has ended. What cannot be sent is lost: a trace holds up nothing. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const spans = this.#ended;
    this.#ended = [];
    if (spans.length === 0) return;
    const { url, headers } = this.#settings;
    const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
    const body = JSON.stringify(this.#request(spans));
    const sent = fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
      signal,
    });
    await sent.then((answer) => answer.body?.cancel()).catch(() => undefined);
  }

  #request(spans: readonly EndedSpan[]): object {
    const resource = { attributes: attributesOf({ 'service.name': this.#settings.serviceName }) };
    const scopeSpans = [{ scope: { name: 'feishu-vc-export' }, spans: spans.map(wireOf) }];
    return { resourceSpans: [{ resource, scopeSpans }] };
  }
}

/** Never its words. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name;
}

function wireOf({ name, kind, context, parentSpanId, startMs, endMs, attributes, failed }: EndedSpan): object {
  return {
    ...context,
    ...(parentSpanId !== null && { parentSpanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${endMs}000000`,
    attributes: attributesOf(attributes),
    status: { code: failed ? ERROR : OK_OR_UNSET },
  };
}

function attributesOf(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
  }));
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
