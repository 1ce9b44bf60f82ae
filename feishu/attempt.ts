import type { Endpoint } from './contract.ts';
import { FeishuError } from './errors.ts';
import { headerIn, isLogId, logIdIn } from './http.ts';
import type { Answer, CallEvents } from './http.ts';
import { askedWaitMs } from './retry-after.ts';
import { codeOf, safeCause, redactorFor } from './redact.ts';
import type { Redact } from './redact.ts';
import { classifyResponse } from './classify-response.ts';
import type { Failure, Seen } from './classify-response.ts';
import { foreignText, messageFor } from './error-messages.ts';

export interface AttemptInput extends CallEvents {
  endpoint: Endpoint;
  /** Host and port, for messages. */
  host: string;
  /** Hidden in whatever the other side says. */
  hide: () => { secrets: string[]; values: string[] };
  signal?: AbortSignal;
}

/** What is known of one call while it runs, and the one place that turns its end into an error. */
export class Attempt {
  readonly #o: AttemptInput;
  #sent = false;
  #answer: Pick<Answer, 'status' | 'headers'> | undefined;

  constructor(o: AttemptInput) {
    this.#o = o;
  }

  readonly onSent = (): void => {
    this.#sent = true;
    this.#o.onSent?.();
  };

  answered(answer: Answer): void {
    this.#answer = answer;
  }

  /** For a connection that gave no complete answer: the reason of the caller's signal where that ended it. */
  broke(error: unknown): unknown {
    if (this.#o.signal?.aborted === true) return this.#o.signal.reason;
    return this.failed({ what: 'network', error, sent: this.#sent, answered: this.#answer !== undefined });
  }

  throwIfAborted(): void {
    this.#o.signal?.throwIfAborted();
  }

  /** What the other side says in a field of its answer, fit for one line. */
  quoted(text: string): string {
    return foreignText(text, redactorFor(this.#o.hide()));
  }

  failed(seen: Seen, more: { problems?: readonly string[]; bodySha256?: string } = {}): FeishuError {
    const classified = classifyResponse(seen);
    if (classified.ok) throw new Error('a successful answer was taken for a failure');
    const noCode = seen.what === 'answer' && classified.code === 'UNEXPECTED_SHAPE';
    return this.#error(classified, { seen, ...(noCode && { problems: ['code: missing or not an integer'] }), ...more });
  }

  /** Before anything is sent: the token cannot stand in a header. */
  unusableToken(): FeishuError {
    return this.#error({ ok: false, kind: 'credentials', code: 'TOKEN_MALFORMED' }, { seen: undefined });
  }

  #error(
    failure: Failure,
    o: { seen: Seen | undefined; problems?: readonly string[]; bodySha256?: string },
  ): FeishuError {
    const { endpoint, host } = this.#o;
    const redact = redactorFor(this.#o.hide());
    const status = this.#answer?.status;
    const wire = o.seen !== undefined && 'error' in o.seen ? o.seen.error : undefined;
    const reason =
      wire === undefined ? undefined : (codeOf(wire) ?? foreignText(safeCause(wire, redact).message, redact));
    const logId = this.#logId(failure, redact);
    const waitMs = this.#waitMs(failure);
    const body = bodyText(o.seen, this.#answer);
    const optional = {
      ...(status !== undefined && { status }),
      ...(logId !== undefined && { logId }),
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    };
    const { message, advice } = messageFor({
      ...optional,
      ...(reason !== undefined && { reason }),
      ...(body !== undefined && { body }),
      ...(o.problems !== undefined && { problems: o.problems }),
      endpoint,
      host,
      failure,
      sent: this.#sent,
      redact,
    });
    return new FeishuError(
      message,
      {
        ...optional,
        kind: failure.kind,
        code: failure.code,
        endpoint,
        ...(failure.feishuCode !== undefined && { feishuCode: failure.feishuCode }),
        ...(failure.msg !== undefined && { msg: foreignText(failure.msg, redact) }),
        ...(o.bodySha256 !== undefined && { bodySha256: o.bodySha256 }),
        sent: this.#sent,
        answered: this.#answer !== undefined,
        advice,
      },
      wire === undefined ? undefined : { cause: safeCause(wire, redact) },
    );
  }

  #logId(failure: Failure, redact: Redact): string | undefined {
    const inBody = failure.detail?.log_id ?? failure.detail?.logid;
    const id = (this.#answer && logIdIn(this.#answer.headers)) ?? (isLogId(inBody) ? inBody : undefined);
    return id === undefined ? undefined : redact(id);
  }

  #waitMs(failure: Failure): number | undefined {
    const headers = this.#answer?.headers ?? {};
    return failure.kind === 'throttled' || failure.kind === 'server' ? askedWaitMs(headers, Date.now()) : undefined;
  }
}

/** Kind and size of a body that is not what belongs there. Its text stays out: it may hold anything. */
function bodyText(seen: Seen | undefined, answer: Pick<Answer, 'headers'> | undefined): string | undefined {
  if (seen?.what !== 'answer' || typeof seen.body === 'string' || answer === undefined) return undefined;
  const type = /^[\w.+-]+\/[\w.+-]+/.exec(headerIn(answer.headers, 'content-type') ?? '')?.[0] ?? 'no content type';
  return `${type}, ${seen.body.length} bytes`;
}
