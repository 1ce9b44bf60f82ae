/**
 * A bucket as far as the store needs it: each method is one thing asked of the server, or a few, with errors as StoreError.
 * Tries again by the SDK's own rules (`AWS_RETRY_MODE`, `AWS_MAX_ATTEMPTS`) and by no others.
 */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type * as Client from '@aws-sdk/client-s3';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type * as Uploads from '@aws-sdk/lib-storage';
import { isClearText } from '../model/clear-text.ts';
import { fromS3, isNotImplemented, isUnknownRequest } from './bucket-errors.ts';
import { ifPresent, replacedMeanwhile, StoreError } from './errors.ts';
import { TEMP_PREFIX } from './keys.ts';
import { WHOLE_BYTES, type PutOptions, type Version } from './store.ts';

type S3 = typeof Client & Pick<typeof Uploads, 'Upload'> & { client: Client.S3Client };

/** Also the least that is sent in parts. One file's upload holds `PARTS_AT_ONCE` + 1 of them in memory. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
/** The protocol's own bound. */
const REMOVED_AT_ONCE = 1000;
const REQUESTS_AT_ONCE = 16;
const CONNECT_MS = 5_000;
/** A connection on which nothing moves for so long is given up. */
const IDLE_MS = 30_000;
/** A bucket that was there a moment ago is taken to be there. */
const SEEN_FOR_MS = 10_000;
/** Metadata that names a write: an answer that got lost looks like a write of somebody else. */
const WRITE = 'write';

export interface UnfinishedUpload {
  name: string;
  id: string;
  startedMs: number;
}

export interface ListedObject {
  name: string;
  changedMs: number;
  version: string;
}

export interface BucketPlace {
  bucket: string;
  /** Empty, or ends with a slash. */
  prefix: string;
  /** `http://host/bucket` in place of `http://bucket.host`. */
  pathStyle: boolean;
  /** Whether it may be asked by http on another machine. */
  clearText: boolean;
}

/** Not named `Bucket`: TypeScript 7.0.2 writes a property of the name of its class as another one, and requests have that property. */
export class BucketClient {
  readonly #place: BucketPlace;
  #s3: Promise<S3> | undefined;
  #seenUntilMs = 0;
  /** The server has refused conditional writes as something that it does not know. */
  #takesNoConditions = false;
  /** The server has refused to remove several at once as something that it does not know. */
  #removesOneByOne = false;

  constructor(place: BucketPlace) {
    this.#place = place;
  }

  /** `name`: of an object, without the prefix. */
  address(name = ''): string {
    return `s3://${this.#place.bucket}/${this.#place.prefix}${name}`;
  }

  /** @throws StoreError where the bucket is not there or may not be used */
  async look(): Promise<void> {
    await this.#ask('look at', '', ({ client, HeadBucketCommand }) =>
      client.send(new HeadBucketCommand({ Bucket: this.#place.bucket })),
    ).catch((error: unknown) => {
      // The answer has no body that would say what of it is absent.
      if (!(error instanceof StoreError) || error.code !== 'not-found') throw error;
      const message = `There is no bucket ${this.#place.bucket} for these credentials: create it, or correct DATA_URL or the AWS_… settings.`;
      throw new StoreError('unavailable', message, { path: this.address() });
    });
    this.#seenUntilMs = performance.now() + SEEN_FOR_MS;
  }

  /** Throws `not-found` at once; later trouble arrives as the stream's `error` event, a StoreError too. `Range`: as HTTP has it. */
  async read(name: string, part: { Range?: string } = {}): Promise<{ stream: Readable; version: string }> {
    const { Body, ETag = '' } = await this.#ask('read', name, ({ client, GetObjectCommand }) =>
      client.send(new GetObjectCommand({ ...this.#object(name), ...part })),
    );
    if (!(Body instanceof Readable)) throw new TypeError('the S3 client gave no stream');
    return { stream: Readable.from(this.#chunks(name, Body), { objectMode: false }), version: ETag };
  }

  /** @throws StoreError `damaged` where more comes than is read whole */
  async readAll(name: string, mostBytes = WHOLE_BYTES): Promise<{ bytes: Buffer; version: string }> {
    const { stream, version } = await this.read(name);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > mostBytes) {
        const path = this.address(name);
        throw new StoreError(
          'damaged',
          `${path} is larger than the ${mostBytes} bytes that are read at once: restore it.`,
          { path },
        );
      }
      chunks.push(chunk);
    }
    return { bytes: Buffer.concat(chunks), version };
  }

  /** Fewer bytes than `length` where the object ends before. */
  async readRange(name: string, position: number, length: number): Promise<Buffer> {
    const { stream } = await this.read(name, { Range: `bytes=${position}-${position + length - 1}` });
    const bytes = Buffer.concat(await stream.toArray());
    // A server that knows no ranges sends the whole.
    return bytes.length > length ? bytes.subarray(position, position + length) : bytes;
  }

  async version(name: string): Promise<Version> {
    return (await this.#head(name))?.version ?? null;
  }

  /** Small bytes in one request, a stream in parts where it is long. A failed upload leaves no parts. @returns the new version */
  async put(
    name: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    { replacing }: PutOptions = {},
  ): Promise<string> {
    const id = randomBytes(8).toString('hex');
    const input = { ...this.#object(name), Metadata: { [WRITE]: id } };
    try {
      return await this.#ask('write', name, (s3) =>
        body instanceof Uint8Array
          ? this.#putWhole(s3, { ...input, Body: body }, conditionOf(replacing))
          : putParts(s3, { ...input, ...this.#known(conditionOf(replacing)), Body: Readable.from(body) }),
      );
    } catch (error) {
      if (!(error instanceof StoreError) || (error.code !== 'busy' && error.code !== 'not-found')) throw error;
      const found = await this.#head(name);
      if (found?.write === id) return found.version;
      throw replacing === undefined ? error : replacedMeanwhile(this.address(name));
    }
  }

  async #putWhole(s3: S3, input: Upload & { Body: Uint8Array }, condition: Conditions): Promise<string> {
    try {
      return (await s3.client.send(new s3.PutObjectCommand({ ...input, ...this.#known(condition) }))).ETag ?? '';
    } catch (error) {
      if (replacesAnything(condition) || this.#takesNoConditions || !isNotImplemented(error)) throw error;
      // `shortcomings` tells what does not hold then. A lock is taken before anything in parts is written.
      this.#takesNoConditions = true;
      return await this.#putWhole(s3, input, condition);
    }
  }

  #known(condition: Conditions): Conditions {
    return this.#takesNoConditions ? {} : condition;
  }

  /** Whether it knows conditional writes: writes twice what may be written once. */
  async takesConditions(): Promise<boolean> {
    const name = trialName();
    await this.put(name, Buffer.from('1'));
    try {
      const isKept = await refuses(() => this.put(name, Buffer.from('2'), { replacing: null }));
      return isKept && (await refuses(() => this.put(name, Buffer.from('3'), { replacing: '"0"' })));
    } finally {
      await this.remove(name);
    }
  }

  /** Whether what is replaced or removed stays as an older version. @throws StoreError where it may not be asked */
  async keepsOldVersions(): Promise<boolean> {
    const { Status } = await this.#ask('look at the versioning of', '', ({ client, GetBucketVersioningCommand }) =>
      client.send(new GetBucketVersioningCommand({ Bucket: this.#place.bucket })),
    );
    // What became an older version before it was suspended is there too.
    return Status !== undefined;
  }

  async remove(name: string): Promise<void> {
    await this.#ask('remove', name, ({ client, DeleteObjectCommand }) =>
      client.send(new DeleteObjectCommand(this.#object(name))),
    );
  }

  /** @returns false where it has another version, or is not there */
  async removeVersion(name: string, version: Version): Promise<boolean> {
    if (version === null || (await this.version(name)) !== version) return false;
    // The client may send it again long after: a server that knows the condition takes nothing newer away then.
    const removed = this.#ask('remove', name, ({ client, DeleteObjectCommand }) =>
      client.send(new DeleteObjectCommand({ ...this.#object(name), ...this.#known({ IfMatch: version }) })),
    );
    return await removed.then(
      () => true,
      (error: unknown) => {
        if (error instanceof StoreError && (error.code === 'busy' || error.code === 'not-found')) return false;
        throw error;
      },
    );
  }

  /** Some hundreds in one request, where the server takes that; what it does not say of that it is gone, by itself. */
  async removeAll(names: readonly string[]): Promise<void> {
    for (let from = 0; from < names.length; from += REMOVED_AT_ONCE) {
      const some = names.slice(from, from + REMOVED_AT_ONCE);
      await this.#removeEach(this.#removesOneByOne ? some : await this.#removeSome(some));
    }
  }

  /** @returns those that are not gone: all where the server does not know such a request */
  async #removeSome(names: readonly string[]): Promise<string[]> {
    const Objects = names.map((name) => ({ Key: this.#place.prefix + name }));
    return await this.#ask('remove', names[0] ?? '', async ({ client, DeleteObjectsCommand }) => {
      const input = { Bucket: this.#place.bucket, Delete: { Objects } };
      const answer = await client.send(new DeleteObjectsCommand(input)).catch((error: unknown) => {
        if (!isUnknownRequest(error)) throw error;
        return null;
      });
      this.#removesOneByOne = answer === null;
      const gone = new Set(answer?.Deleted?.map(({ Key }) => Key));
      return names.filter((name) => !gone.has(this.#place.prefix + name));
    });
  }

  async #removeEach(names: readonly string[]): Promise<void> {
    for (let from = 0; from < names.length; from += REQUESTS_AT_ONCE) {
      await Promise.all(names.slice(from, from + REQUESTS_AT_ONCE).map((name) => this.remove(name)));
    }
  }

  /** Names that start with `prefix`, in ascending order. */
  async *list(prefix: string): AsyncGenerator<ListedObject, void, undefined> {
    for (let after: string | undefined, more = true; more;) {
      const page = await this.#ask('list', prefix, ({ client, ListObjectsV2Command }) =>
        client.send(
          new ListObjectsV2Command({
            Bucket: this.#place.bucket,
            Prefix: this.#place.prefix + prefix,
            ...(after === undefined ? {} : { ContinuationToken: after }),
          }),
        ),
      );
      for (const { Key = '', LastModified, ETag } of page.Contents ?? []) {
        const name = Key.slice(this.#place.prefix.length);
        yield { name, changedMs: LastModified?.getTime() ?? Date.now(), version: ETag ?? '' };
      }
      after = page.NextContinuationToken;
      more = page.IsTruncated === true && after !== undefined;
    }
  }

  /** Uploads in parts that were neither finished nor given up. */
  async *unfinished(): AsyncGenerator<UnfinishedUpload, void, undefined> {
    for (let after = {}, more = true; more;) {
      const page = await this.#ask('list uploads of', '', ({ client, ListMultipartUploadsCommand }) =>
        client.send(
          new ListMultipartUploadsCommand({ Bucket: this.#place.bucket, Prefix: this.#place.prefix, ...after }),
        ),
      );
      for (const { Key = '', UploadId: id, Initiated } of page.Uploads ?? []) {
        const name = Key.slice(this.#place.prefix.length);
        if (id !== undefined) yield { name, id, startedMs: Initiated?.getTime() ?? Date.now() };
      }
      more = page.IsTruncated === true;
      after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    }
  }

  /** One that has ended meanwhile is fine. */
  async giveUp({ name, id }: UnfinishedUpload): Promise<void> {
    await ifPresent(() =>
      this.#ask('give up the upload of', name, ({ client, AbortMultipartUploadCommand }) =>
        client.send(new AbortMultipartUploadCommand({ ...this.#object(name), UploadId: id })),
      ),
    );
  }

  /** Null for an object that is not there, in a bucket that is. */
  async #head(name: string): Promise<{ version: string; write: string | undefined } | null> {
    const found = await ifPresent(() =>
      this.#ask('look up', name, ({ client, HeadObjectCommand }) =>
        client.send(new HeadObjectCommand(this.#object(name))),
      ),
    );
    if (found) return { version: found.ETag ?? '', write: found.Metadata?.[WRITE] };
    if (performance.now() >= this.#seenUntilMs) await this.look();
    return null;
  }

  #object(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#place.bucket, Key: this.#place.prefix + name };
  }

  async *#chunks(name: string, body: Readable): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* body as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw fromS3(error, { action: 'read', path: this.address(name) });
    }
  }

  async #ask<T>(action: string, name: string, asking: (s3: S3) => Promise<T>): Promise<T> {
    try {
      this.#s3 ??= load(this.#place);
      return await asking(await this.#s3);
    } catch (error) {
      throw fromS3(error, { action, path: this.address(name) });
    }
  }
}

/** The client is loaded where a bucket is used, and nowhere else: it is larger than the product. */
async function load({ pathStyle, clearText }: BucketPlace): Promise<S3> {
  // Each command would say on stderr that later versions of the client want a later Node.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const [s3, { Upload }] = await Promise.all([import('@aws-sdk/client-s3'), import('@aws-sdk/lib-storage')]);
  const client = new s3.S3Client({
    ...(pathStyle ? { forcePathStyle: true } : {}),
    requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS },
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      if (!clearText) refuseClearText(args.request as { protocol: string; hostname: string });
      return await next(args);
    },
    { step: 'finalizeRequest' },
  );
  return { ...s3, Upload, client };
}

/** For each request, since the endpoint is named in one of many places: the environment, `~/.aws/config`, for S3 or for all. */
function refuseClearText({ protocol, hostname }: { protocol: string; hostname: string }): void {
  if (!isClearText(`${protocol}//${hostname}`)) return;
  const message =
    'The endpoint of the bucket (AWS_ENDPOINT_URL_S3) takes https: by http, rows and credentials can be read on the way ' +
    '(for a server in a network of your own: FEISHU_ALLOW_HTTP=1).';
  throw new StoreError('refused', message);
}

type Conditions = Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>;
type Upload = Omit<PutObjectCommandInput, 'Body'>;

function conditionOf(replacing: Version | undefined): Conditions {
  if (replacing === undefined) return {};
  return replacing === null ? { IfNoneMatch: '*' } : { IfMatch: replacing };
}

function replacesAnything(condition: Conditions): boolean {
  return condition.IfMatch === undefined && condition.IfNoneMatch === undefined;
}

async function putParts({ client, Upload }: S3, input: Upload & { Body: Readable }): Promise<string> {
  const upload = new Upload({ client, params: input, partSize: PART_BYTES, queueSize: PARTS_AT_ONCE });
  return (await upload.done()).ETag ?? '';
}

/** At the root, and hidden. */
export function trialName(): string {
  return TEMP_PREFIX + randomBytes(8).toString('hex');
}

async function refuses(writing: () => Promise<unknown>): Promise<boolean> {
  try {
    await writing();
    return false;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'busy') return true;
    throw error;
  }
}
