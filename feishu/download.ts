import { createHash } from 'node:crypto';
import type { Attempt } from './attempt.ts';
import { chunksOf } from './body.ts';
import type { FeishuError } from './errors.ts';
import { headerIn } from './http.ts';
import type { Answer } from './http.ts';
import { contentTypeOf, seenOf } from './transport.ts';
import type { Request, Transport } from './transport.ts';

export interface Download {
  /**
   * The file. Fails with a `FeishuError` of kind `network` when the connection breaks or `contentLength` is not reached, and
   * with code `ANSWER_TOO_LARGE` at the bound of the transport, whatever `contentLength` says. Has to be iterated, or the call's signal aborted: until then it holds its connection.
   */
  body: AsyncIterable<Uint8Array>;
  /** Bytes, where the answer says so. */
  contentLength: number | null;
}

/** Every XLSX file is a zip archive and begins with these letters. */
const ZIP = Buffer.from('PK');

/**
 * A body counts as the file only after three looks: status 200, a content type other than JSON, and the first bytes. Errors
 * come as JSON even with status 200, and gateways send pages.
 */
export async function download(transport: Transport, request: Request): Promise<Download> {
  const { answer, attempt } = await transport.send(request);
  const chunks = chunksOf(answer.body);
  const head: Uint8Array[] = [];
  if (answer.status === 200 && !/\bjson\b/i.test(contentTypeOf(answer))) {
    await takeTwoBytes({ attempt, answer, chunks, head });
    if (Buffer.concat(head).subarray(0, ZIP.length).equals(ZIP)) {
      const opened = { attempt, answer, chunks, head, maxBytes: transport.maxFileBytes };
      const contentLength = contentLengthOf(answer);
      if (contentLength !== null && contentLength > opened.maxBytes) throw tooLarge(opened);
      return { body: fileBytes(opened), contentLength };
    }
  }
  const read = await transport.read(answer, { chunks, head });
  if (read.state === 'broken') attempt.throwIfAborted();
  const isWhole = read.state === 'complete' && answer.status < 300;
  throw attempt.failed(
    { what: 'answer', ...seenOf(answer, read), wantsFile: true },
    isWhole ? { bodySha256: createHash('sha256').update(read.bytes).digest('hex') } : {},
  );
}

interface Opened {
  attempt: Attempt;
  answer: Answer;
  chunks: AsyncIterator<Uint8Array>;
  head: Uint8Array[];
}

async function takeTwoBytes(o: Opened): Promise<void> {
  try {
    for (let size = 0; size < ZIP.length;) {
      const next = await o.chunks.next();
      if (next.done === true) return;
      o.head.push(next.value);
      size += next.value.length;
    }
  } catch (error) {
    throw o.attempt.broke(error);
  }
}

function tooLarge({ attempt, answer }: Opened): FeishuError {
  answer.body.destroy();
  const { status } = answer;
  return attempt.failed({
    what: 'answer',
    status,
    contentType: contentTypeOf(answer),
    body: 'too_large',
    wantsFile: true,
  });
}

async function* fileBytes(o: Opened & { maxBytes: number }): AsyncGenerator<Uint8Array, void, undefined> {
  let size = o.head.reduce((sum, { length }) => sum + length, 0);
  try {
    yield* o.head;
    for (;;) {
      if (size > o.maxBytes) throw tooLarge(o);
      const next = await o.chunks.next().catch((error: unknown) => {
        throw o.attempt.broke(error);
      });
      if (next.done === true) return;
      size += next.value.length;
      yield next.value;
    }
  } finally {
    o.answer.body.destroy();
  }
}

function contentLengthOf(answer: Answer): number | null {
  const value = headerIn(answer.headers, 'content-length');
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
}
