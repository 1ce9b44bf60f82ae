/**
 * What goes wrong with the warehouse, in words of our own: messages of PostgreSQL and of its client quote rows, which hold
 * names and numbers of people, and pieces of the URL, which holds a password. So neither message nor cause is kept.
 */

/**
 * - `away`: it does not answer, or ends the session; it is tried again.
 * - `denied`: user, password or rights do not do.
 * - `unprepared`: its tables are not there, or of an earlier version, and this user may not make them.
 * - `newer`: its tables are of a later version of this product.
 * - `others`: its rows of a profile are those of another tenant or zone.
 * - `rows`: it does not take the rows of a day; other days are not concerned.
 * - `failed`: anything else.
 */
export type WarehouseTrouble = 'away' | 'denied' | 'unprepared' | 'newer' | 'others' | 'rows' | 'failed';

export class WarehouseError extends Error {
  override readonly name = 'WarehouseError';
  readonly code: WarehouseTrouble;
  /** What is wrong. */
  readonly seen: string;
  /** Exactly what to do. */
  readonly next: string;
  /** What PostgreSQL said, where it said anything. */
  readonly sqlState: string | null;

  constructor(code: WarehouseTrouble, seen: string, next: string, sqlState: string | null = null) {
    super(`${seen}. Next: ${next}.`);
    this.code = code;
    this.seen = seen;
    this.next = next;
    this.sqlState = sqlState;
  }
}

const AWAIT = 'nothing has to be done here: what is missing is loaded when it is back';
const CHECK_URL = 'put WAREHOUSE_URL right';

/** By SQLSTATE, or its first two characters. */
const MEANINGS: Record<string, [WarehouseTrouble, string, string]> = {
  '28': ['denied', 'PostgreSQL refuses the user or the password of WAREHOUSE_URL', CHECK_URL],
  '3D': ['denied', 'the database of WAREHOUSE_URL does not exist', `create it, or ${CHECK_URL}`],
  '42501': [
    'denied',
    'the user of WAREHOUSE_URL lacks a right on the tables',
    'run feishu-vc warehouse prepare as their owner, and grant what docs/warehouse.md lists',
  ],
  '22': ['rows', 'PostgreSQL does not take a value of these rows', 'feishu-vc verify says whether the file is whole'],
  '23': ['rows', 'PostgreSQL does not take these rows', 'feishu-vc verify says whether the file is whole'],
  '08': ['away', 'the connection to the warehouse broke', AWAIT],
  '53': ['away', 'the warehouse has no room, no memory or no connection left', 'make room there'],
  '57': ['away', 'the warehouse ended the session: it stops, or starts', AWAIT],
  '25': ['away', 'the warehouse takes nothing: it is a stand-by, or ended the transaction', 'name the primary'],
  '40': ['away', 'another transaction came in between', AWAIT],
  '55': ['away', 'a lock was not to be had', AWAIT],
  '58': ['away', 'the disk of the warehouse fails', 'look at its disk'],
};

/** What the client threw, without any of its texts. `where`: host and port. */
export function toWarehouseError(error: unknown, where: string): unknown {
  if (error instanceof WarehouseError || !(error instanceof Error)) return error;
  const state = sqlStateOf(error);
  if (state === undefined) return fromClient(error, where);
  const [code, seen, next] = MEANINGS[state] ??
    MEANINGS[state.slice(0, 2)] ?? ['failed', 'PostgreSQL refuses a statement', 'look into its log'];
  return new WarehouseError(code, `${seen} (${where}, SQLSTATE ${state})`, next, state);
}

function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The network's errors have a code; those of the client itself a text that names no value. */
function fromClient(error: Error, where: string): WarehouseError {
  const several: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const [code] = several.flatMap((each) =>
    each instanceof Error && 'code' in each && typeof each.code === 'string' ? [each.code] : [],
  );
  const isOfTls =
    /^(ERR_TLS|CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_SSL)/.test(code ?? '') || /\bSSL\b/.test(error.message);
  if (isOfTls) {
    const next = 'name the authority in NODE_EXTRA_CA_CERTS, or set sslmode in WAREHOUSE_URL';
    return new WarehouseError('denied', `TLS with the warehouse fails (${where}${code ? `, ${code}` : ''})`, next);
  }
  if (/\bSASL\b|password/i.test(error.message)) {
    return new WarehouseError('denied', `The password of WAREHOUSE_URL does not do (${where})`, CHECK_URL);
  }
  return new WarehouseError('away', `The warehouse does not answer (${where}${code ? `, ${code}` : ''})`, AWAIT);
}
