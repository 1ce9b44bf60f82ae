/**
 * What of people the tables show: for each column whether it is kept, dropped (NULL, of the same type), hashed or masked. It is
 * applied as rows are written, and to nothing before: raw answers, keys of units and questions are as Feishu has them.
 *
 * Whatever a policy hides, the keys of rows go with it: without a secret they are hashes of ids, and an id of five digits comes
 * back from its `session_key` by trying them all.
 */
import { createHash, createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import { TABLES, type Row, type TableName } from './columns.ts';

const ACTIONS = ['keep', 'drop', 'hash', 'mask'] as const;
type Action = (typeof ACTIONS)[number];

/** Name and fingerprint are noted with each table: equal fingerprints hide the same. */
export interface PolicyMark {
  name: string;
  fingerprint: string;
}

export interface Policy extends PolicyMark {
  /** Of the columns that are not kept. A column of this name is treated alike in every table. */
  actions: ReadonlyMap<string, Exclude<Action, 'keep'>>;
}

interface Personal {
  /** What the policy `strict` does. */
  strict: Exclude<Action, 'keep'>;
  /** Absent: it cannot be masked. NULL: nothing of it may stay. */
  mask?: (text: string) => string | null;
}

/** Of a number that is shorter two digits would be most of it. */
const SHORTEST_NUMBER = 6;
/** Of a name of one character it would be all. */
const firstOf = (characters: readonly string[]): string => (characters.length > 1 ? characters[0]! : '');
const NAME: Personal = { strict: 'hash', mask: (text) => `${firstOf(Array.from(text.trim()))}**` };
const ID: Personal = { strict: 'hash' };
const NUMBER: Personal = {
  strict: 'drop',
  mask: (text) => (text.trim().length < SHORTEST_NUMBER ? '***' : `***${text.trim().slice(-2)}`),
};
const ADDRESS: Personal = { strict: 'mask', mask: networkOf };
const TEXT: Personal = { strict: 'drop' };
/** People give their devices names; hashed, those of one kind are still counted together. */
const DEVICE: Personal = { strict: 'hash' };
const UNPARSED = 'unparsed';
const CONFLICTS = 'conflicts';
const HIDDEN = '***';

/** Columns with what leads to a person, a room or a meeting. */
const PERSONAL: Record<string, Personal> = {
  organizer: NAME,
  participant_name: NAME,
  reserver: NAME,
  releasing_person: NAME,
  department: { strict: 'hash' },
  department_of_reserver: { strict: 'hash' },
  user_id: ID,
  open_id: ID,
  reserver_user_id: ID,
  employee_id: ID,
  meeting_room_id: ID,
  room_id: ID,
  room_name: ID,
  meeting_no: ID,
  meeting_instance_id: ID,
  email: { strict: 'drop', mask: (text) => `***${/@[^@]*$/.exec(text)?.[0] ?? ''}` },
  mobile: NUMBER,
  phone: NUMBER,
  public_ip: ADDRESS,
  internal_ip: ADDRESS,
  microphone: DEVICE,
  speaker: DEVICE,
  camera: DEVICE,
  meeting_topic: TEXT,
  event_title: TEXT,
  reserved_rooms: TEXT,
  [UNPARSED]: { strict: 'mask', mask: () => HIDDEN },
};

const KEYS = ['row_key', 'meeting_key', 'session_key'];

/** `10.1.2.0/24`, `2001:db8:1::/48`: what a floor or a site shares. NULL for what is no address. */
function networkOf(text: string): string | null {
  const address = text.trim();
  if (isIP(address) === 4) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIP(address) !== 6) return null;
  const [before = '', after] = address.split('::');
  const groups = before === '' ? [] : before.split(':');
  const rest = after === undefined || after === '' ? [] : after.split(':');
  // What `::` stands for are groups of zeros; the last ones are not shown.
  const zeros =
    after === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, 3).join(':')}::/48`;
}

const ALL_COLUMNS = Object.values(TABLES).flatMap(({ columns }) => columns);
/** By name. */
const COLUMNS = new Map(ALL_COLUMNS.map((each) => [each.name, each]));
/** Read from a file or a list in some table; others may repeat it. */
const READ = new Set(ALL_COLUMNS.flatMap(({ name, source }) => (source === undefined ? [] : [name])));

/** What a column takes. Keys follow the policy, and what says how a run went is of nobody: both only stay. */
export function actionsOf(name: string): Action[] {
  const personal = PERSONAL[name];
  if (KEYS.includes(name) || (!READ.has(name) && personal === undefined)) return ['keep'];
  return [
    'keep',
    'drop',
    ...(COLUMNS.get(name)?.type === 'text' ? (['hash'] as const) : []),
    ...(personal?.mask === undefined ? [] : (['mask'] as const)),
  ];
}

function policy(name: string, chosen: ReadonlyMap<string, Action>): Policy {
  const hidden = [...chosen].filter((each): each is [string, Exclude<Action, 'keep'>] => each[1] !== 'keep');
  const actions = hidden.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const fingerprint = createHash('sha256').update(JSON.stringify(actions)).digest('hex').slice(0, 16);
  return { name, fingerprint, actions: new Map(actions) };
}

const STRICT_ACTIONS = new Map(Object.entries(PERSONAL).map(([name, { strict }]): [string, Action] => [name, strict]));

export const KEEP: Policy = policy('keep', new Map());
export const STRICT: Policy = policy('strict', STRICT_ACTIONS);
const BASES: Record<string, ReadonlyMap<string, Action>> = { keep: new Map(), strict: STRICT_ACTIONS };

/** Says of each thing that is wrong what it takes. */
export class PolicyError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

/**
 * A policy of one's own: `{"base": "strict", "columns": {"department": "keep", "email": "mask"}}`. `base` is `keep` where it is
 * not given.
 * @throws PolicyError
 */
export function customPolicy(content: unknown): Policy {
  const problems: string[] = [];
  if (!isObject(content)) throw new PolicyError(['takes an object with base and columns']);
  for (const name of Object.keys(content)) {
    if (name !== 'base' && name !== 'columns') problems.push(`${name}: unknown; it takes base and columns`);
  }
  const { base = 'keep', columns = {} } = content;
  const start = typeof base === 'string' && Object.hasOwn(BASES, base) ? BASES[base] : undefined;
  if (start === undefined) problems.push('base: takes keep or strict');
  if (!isObject(columns)) throw new PolicyError([...problems, 'columns: takes an object, column → action']);
  const chosen = new Map(start);
  for (const [name, action] of Object.entries(columns)) {
    const taken = COLUMNS.has(name) ? actionsOf(name) : [];
    const found = taken.find((each) => each === action);
    if (found !== undefined) chosen.set(name, found);
    else if (taken.length === 0) problems.push(`columns.${name}: no table has this column`);
    else problems.push(`columns.${name}: takes ${taken.join(', ')}`);
  }
  if (problems.length > 0) throw new PolicyError(problems);
  return policy('file', chosen);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function markOf({ name, fingerprint }: Policy): PolicyMark {
  return { name, fingerprint };
}

/** Whether it hides anything at all. */
export function hides({ actions }: Pick<Policy, 'actions'>): boolean {
  return actions.size > 0;
}

/** Values that came lately, since the same ones come again and again. */
const KEPT_HASHES = 50_000;

/** Rows, keys and texts as a policy shows them. Equal values are equal afterwards, in whichever column and table. */
export class Disguise {
  readonly #policy: Policy;
  readonly #secret: Buffer;
  readonly #hashes = new Map<string, string>();

  /** `secret`: of the store. */
  constructor(of: Policy, secret: Buffer) {
    this.#policy = of;
    this.#secret = secret;
  }

  get hides(): boolean {
    return hides(this.#policy);
  }

  async *rows(table: TableName, rows: Iterable<Row> | AsyncIterable<Row>): AsyncGenerator<Row, void, undefined> {
    for await (const row of rows) yield this.row(table, row);
  }

  row(table: TableName, row: Row): Row {
    if (!this.hides) return row;
    const shown: Row = {};
    for (const { name, type } of TABLES[table].columns) {
      const value = row[name] ?? null;
      shown[name] =
        typeof value === 'string' && type !== 'timestamp' ? this.#text(name, value) : this.#other(name, value);
    }
    return shown;
  }

  /** A hash that was made without a secret: of ids, or of what is made of them. */
  key(hash: string): string {
    return this.hides ? this.#keyed('key', hash).toString('hex').slice(0, 32) : hash;
  }

  /** What a text of the column looks like. NULL: not at all. */
  shown(column: string, text: string): string | null {
    return this.#text(column, text);
  }

  /** Headers that nobody knows may be somebody's name: how many there are stays. */
  headers(unknown: readonly string[]): string[] {
    return this.hides ? unknown.map(() => HIDDEN) : [...unknown];
  }

  #other(name: string, value: Row[string]): Row[string] {
    return this.#policy.actions.has(name) ? null : value;
  }

  #text(name: string, text: string): string | null {
    if (KEYS.includes(name)) return this.key(text);
    const action = this.#policy.actions.get(name);
    if (action === 'drop') return null;
    if (name === UNPARSED) return this.#unparsed(text);
    if (name === CONFLICTS && action === undefined) return this.#conflicts(text);
    if (action === undefined) return text;
    return action === 'hash' ? this.#hashed(text) : (PERSONAL[name]?.mask?.(text) ?? null);
  }

  /** Texts of columns that are hidden are hidden here too. */
  #unparsed(json: string): string {
    const texts = Object.entries(JSON.parse(json) as Record<string, string>);
    const { actions } = this.#policy;
    const isHidden = (name: string) => actions.has(UNPARSED) || actions.has(name);
    return JSON.stringify(Object.fromEntries(texts.map(([name, text]) => [name, isHidden(name) ? HIDDEN : text])));
  }

  /** What two sources say of a column that is hidden is not shown here either. */
  #conflicts(json: string): string | null {
    const known = Object.entries(JSON.parse(json) as Record<string, unknown>);
    const shown = known.filter(([name]) => !this.#policy.actions.has(name));
    if (shown.length === known.length) return json;
    return shown.length === 0 ? null : JSON.stringify(Object.fromEntries(shown));
  }

  #hashed(text: string): string {
    let known = this.#hashes.get(text);
    if (known !== undefined) return known;
    if (this.#hashes.size === KEPT_HASHES) this.#hashes.clear();
    known = `h_${this.#keyed('cell', text).subarray(0, 16).toString('base64url')}`;
    this.#hashes.set(text, known);
    return known;
  }

  #keyed(what: string, text: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${what} ${text}`).digest();
  }
}
