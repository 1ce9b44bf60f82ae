/** A session of PostgreSQL. What it throws is a WarehouseError: without rows, without the URL. */
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { isOwnHost } from '../model/clear-text.ts';
import { toWarehouseError, WarehouseError } from './errors.ts';

const CONNECT_MS = 10_000;
/** A worker that hangs within a transaction holds the lock of a day: the server ends it. */
const IDLE_IN_TRANSACTION_MS = 60_000;
const KEEP_ALIVE_MS = 30_000;

/**
 * `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with what is special in them percent-encoded. A second `@`, or one behind the
 * host, is none: a piece of the password would be taken for the host, be looked up and be told.
 */
export function isWarehouseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  if (protocol !== 'postgres:' && protocol !== 'postgresql:') return false;
  if (text.split('@').length > 2 || `${pathname}${search}${hash}`.includes('@')) return false;
  try {
    for (const part of [username, password, pathname]) decodeURIComponent(part);
    return true;
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}

/** By the client's own reading of URL and environment: the password and all rows could be read, or taken, on the way. */
export function goesInClear(url: string): boolean {
  try {
    return isWarehouseUrl(url) && isInClear(newClient(url));
  } catch {
    // A certificate that cannot be read: there is no session then, and it is said there.
    return false;
  }
}

function isInClear(client: Client): boolean {
  // A path is that of a socket.
  const isHere = client.host.startsWith('/') || isOwnHost(client.host);
  return !isHere && !verifies(tlsOf(client));
}

function tlsOf(client: Client): unknown {
  return (client as { ssl?: unknown }).ssl;
}

/** Whether certificate and name are looked at: `sslmode=no-verify`, and some of libpq's modes, do not. */
function verifies(tls: unknown): boolean {
  if (typeof tls !== 'object' || tls === null) return tls === true;
  return !('rejectUnauthorized' in tls && tls.rejectUnauthorized === false) && !('checkServerIdentity' in tls);
}

export interface Warehouse {
  /** `postgres://…`; asked for each session, since a file may have another one by then. */
  url(): Promise<string>;
  /** Name of the schema that has the tables. */
  schema: string;
  /** It may be another machine's without TLS that is verified. Default false. */
  allowsClear?: boolean;
}

export interface SqlRow {
  [column: string]: unknown;
}

export class Session {
  readonly schema: string;
  /** See `goesInClear`. */
  readonly isInClear: boolean;
  readonly #client: Client;
  readonly #where: string;
  #forget = (): void => undefined;

  private constructor(client: Client, { url, schema }: { url: string; schema: string }) {
    this.#client = client;
    this.schema = schema;
    this.isInClear = isInClear(client);
    this.#where = whereOf(client, url);
    // Told of it by the statement that fails; without a listener it would end the process.
    client.on('error', () => undefined);
  }

  /** `signal` ends the session at once, whatever it is doing; what was not committed is undone by the server. */
  static async open({ url, schema, allowsClear = false }: Warehouse, signal?: AbortSignal): Promise<Session> {
    const given = await url();
    const session = new Session(clientFor(given, allowsClear), { url: given, schema });
    const cut = (): void => void session.#client.connection.stream.destroy();
    signal?.addEventListener('abort', cut, { once: true });
    session.#forget = () => signal?.removeEventListener('abort', cut);
    try {
      await session.#saying(async () => await session.#client.connect());
      return session;
    } catch (error) {
      session.#forget();
      throw error;
    }
  }

  async query(sql: string, values?: unknown[]): Promise<{ rows: SqlRow[]; touched: number }> {
    const { rows, rowCount } = await this.#saying(async () => await this.#client.query<SqlRow>(sql, values));
    return { rows: rows ?? [], touched: rowCount ?? 0 };
  }

  /**
   * Feeds `COPY … FROM STDIN` with text in its format, as fast as the server takes it. Errors of `text` come out unchanged.
   * @returns the number of rows
   */
  async copy(sql: string, text: AsyncIterable<string>): Promise<number> {
    const into = this.#client.query(copyFrom(sql));
    let ofText: unknown;
    const watched = async function* (): AsyncGenerator<Buffer, void, undefined> {
      try {
        for await (const piece of text) yield Buffer.from(piece, 'utf8');
      } catch (error) {
        ofText = error;
        // The server logs the words that it is told, and these are its reader's business only.
        throw new Error('the rows cannot be read', { cause: error });
      }
    };
    try {
      await pipeline(watched(), into);
      return into.rowCount;
    } catch (error) {
      throw ofText ?? toWarehouseError(error, this.#where);
    }
  }

  /** The work and its commit as one: on any failure nothing of it stays. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.query('BEGIN');
    try {
      const result = await work();
      await this.query('COMMIT');
      return result;
    } catch (error) {
      // A session that is gone has undone it already.
      await this.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
    this.#forget();
  }

  async #saying<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toWarehouseError(error, this.#where);
    }
  }
}

/** For messages: host and port, where they stand as such. What a parameter says instead may be anything, and is not told. */
function whereOf({ host, port }: Client, url: string): string {
  return new URL(url).searchParams.has('host') ? "the host of WAREHOUSE_URL's parameter" : `${host}:${port}`;
}

/** @throws WarehouseError */
function clientFor(url: string, allowsClear: boolean): Client {
  const client = readableClient(url);
  if (allowsClear) return client;
  if (isInClear(client)) {
    throw new WarehouseError('denied', 'WAREHOUSE_URL names another machine, without TLS that is verified', USE_TLS);
  }
  if (!tlsOf(client)) refuseClearPassword(client);
  return client;
}

const USE_TLS = 'add sslmode=verify-full to it, or in a network of your own set WAREHOUSE_ALLOW_CLEAR=1';

/** Whatever listens there could ask for it. Before the client's own listener, which would answer. */
function refuseClearPassword(client: Client): void {
  client.connection.prependListener('authenticationCleartextPassword', () => {
    const seen = 'PostgreSQL asks for the password of WAREHOUSE_URL in clear, without TLS';
    client.connection.stream.destroy(new WarehouseError('denied', seen, `let it use scram-sha-256; or ${USE_TLS}`));
  });
}

function readableClient(url: string): Client {
  try {
    if (isWarehouseUrl(url)) return newClient(url);
  } catch {
    // Below: what the client says of a certificate that it cannot read, or of a parameter, may quote the URL.
  }
  const takes = 'it takes postgres://USER:PASSWORD@HOST/DATABASE, with what is special in them percent-encoded';
  throw new WarehouseError('denied', `WAREHOUSE_URL cannot be read; ${takes}`, 'put WAREHOUSE_URL right');
}

function newClient(connectionString: string): Client {
  return new Client({
    connectionString,
    application_name: 'feishu-vc-export',
    connectionTimeoutMillis: CONNECT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
}

export async function withSession<T>(
  warehouse: Warehouse,
  work: (session: Session) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const session = await Session.open(warehouse, signal);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
