/** Somebody who is to be erased: by which ids, addresses and names the answers know them, and what is put in their place. */
import { createHmac } from 'node:crypto';
import { presentText } from '../tables/cells.ts';
import { sourceColumns, TABLE_OF_RESOURCE, type CellKind } from '../tables/columns.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { StoreError } from '../store/errors.ts';
import type { StageResource } from './storage-keys.ts';

/** What stands in place of a name, and of whatever names somebody inside another text. */
const ERASED = 'erased';

/** What a cell says of the person whom its row is about. `own`: what is theirs and tells nobody else apart. */
type Role = 'id' | 'name' | 'mail' | 'employee' | 'phone' | 'own';

const ROLES: Record<string, Role> = {
  user_id: 'id',
  open_id: 'id',
  reserver_user_id: 'id',
  organizer: 'name',
  participant_name: 'name',
  reserver: 'name',
  email: 'mail',
  employee_id: 'employee',
  mobile: 'phone',
  phone: 'phone',
  public_ip: 'own',
  internal_ip: 'own',
  location: 'own',
  microphone: 'own',
  speaker: 'own',
  camera: 'own',
};
/** Columns in which a text of people's own, or a name of somebody else than the row's person, may name them. */
const FREE: ReadonlySet<CellKind> = new Set(['name', 'text', 'json']);
/** Names of things, of which a person's name may be a part, and which rows are told apart by. */
const OF_THINGS: ReadonlySet<string | null> = new Set(['room_name']);
/** Words of Feishu's own, as a kind of device, which a person's name may be too: only in their own rows may they be meant. */
const WORDS: ReadonlySet<string | null> = new Set([
  'device',
  'network_type',
  'protocol',
  'leave_reason',
  'webinar_user_role',
  ...['video', 'screen_sharing'].flatMap((medium) => [
    `${medium}_maximum_resolution_received`,
    `${medium}_maximum_resolution_sent`,
  ]),
]);

/** One cell of a row, or one field of an element. `column`: null where no table has it. */
export interface SaidCell {
  column: string | null;
  cell: CellKind;
  text: string;
  /** A field that no table has, of an element that is about one person: it goes with them. */
  isTheirs?: boolean;
}

/** By field of the list. Where two columns read one field, both are of one role. */
export function columnsByField(resource: StageResource): ReadonlyMap<string, Pick<SaidCell, 'column' | 'cell'>> {
  if (!isExport(resource)) return new Map();
  return new Map(
    sourceColumns(resource).flatMap(({ name, source: { list, cell } }) => {
      if (list === undefined) return [];
      const group = /^\w+\./.exec(list)?.[0];
      // Each group of figures has a time of its own.
      const time = group === undefined ? [] : [[`${group}time`, { column: 'time', cell: 'timestamp' }] as const];
      return [[list, { column: name, cell }] as const, ...time];
    }),
  );
}

export function isExport(resource: StageResource): resource is ExportResource {
  return resource in TABLE_OF_RESOURCE;
}

/** What is too short stands in too many texts. */
const SHORTEST = 2;
const SHORTEST_NUMBER = 4;
/** Kinds of id, in a few apps. More of them are a sign that an address or job number is not one person's. */
const IDS_AT_MOST = 12;

type Known = Record<'ids' | 'mails' | 'employees' | 'phones' | 'names', string[]>;

export class ErasedPerson {
  readonly ids: Set<string>;
  readonly mails: Set<string>;
  readonly employees: Set<string>;
  readonly phones: Set<string>;
  readonly names: Set<string>;
  readonly #salt: Buffer;
  #pattern: RegExp | null | undefined;
  #wholeNames: RegExp | null | undefined;

  /**
   * `salt`: gone with the erasure, so that nothing leads back from what is put in place of an id. `known`: of an erasure that
   * goes on.
   */
  constructor(id: string, salt: Buffer, known?: Known) {
    this.ids = new Set([id, ...(known?.ids ?? [])]);
    this.mails = new Set(known?.mails);
    this.employees = new Set(known?.employees);
    this.phones = new Set(known?.phones);
    this.names = new Set(known?.names);
    this.#salt = salt;
  }

  known(): Known {
    const { ids, mails, employees, phones, names } = this;
    return {
      ids: [...ids],
      mails: [...mails],
      employees: [...employees],
      phones: [...phones],
      names: [...names],
    };
  }

  /**
   * Takes over by what else a row names them, if it is about them: another kind of id by the same address or job number.
   * @returns whether anything was new by which further rows may be found
   * @throws StoreError `refused` where what links ids is no one person's
   */
  learn(cells: readonly SaidCell[]): boolean {
    if (this.#relation(cells) !== 'own') return false;
    const before = this.ids.size + this.mails.size + this.employees.size;
    for (const said of cells) {
      const role = roleOf(said.column);
      const meant = meantBy(said);
      if (meant !== null) this.#setOf(role)?.add(meant);
    }
    if (this.ids.size > IDS_AT_MOST) {
      const why = `an address or job number beside theirs stands beside ${this.ids.size} ids`;
      throw new StoreError('refused', `Nobody was erased: ${why}, so it tells no one person. Nothing was changed.`);
    }
    this.#pattern = this.#wholeNames = undefined;
    return this.ids.size + this.mails.size + this.employees.size > before;
  }

  /** The cells with nothing of them, an empty text for what is gone; null where nothing of them is there. */
  erasedFrom(cells: readonly SaidCell[], scope: string): string[] | null {
    const relation = this.#relation(cells);
    const texts = cells.map((each) => this.#erased(each, relation, scope));
    return texts.some((text, index) => text !== cells[index]!.text) ? texts : null;
  }

  /** In place of an id, of the same kind: one for each scope, so that days are not joined by it. */
  pseudonym(id: string, scope: string): string {
    const kind = /^o[un]_/.exec(id)?.[0] ?? '';
    const hash = createHmac('sha256', this.#salt)
      .update(JSON.stringify([scope, id]))
      .digest('hex');
    return `${kind}${ERASED}_${hash.slice(0, 16)}`;
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  /** Whatever of the text names them, replaced. */
  scrubbed(text: string): string {
    const pattern = (this.#pattern ??= this.#patternOf());
    return pattern === null ? text : text.replaceAll(pattern, ERASED);
  }

  /** Everything they are called. */
  all(): string[] {
    return Object.values(this.known()).flat();
  }

  #relation(cells: readonly SaidCell[]): 'own' | 'of another' | 'of nobody' {
    const telling = cells.filter(({ column }) => TELLING.has(roleOf(column)));
    const meant = telling.flatMap((said) => {
      const text = meantBy(said);
      return text === null ? [] : [{ role: roleOf(said.column), text }];
    });
    if (meant.some(({ role, text }) => this.#setOf(role)?.has(text))) return 'own';
    return meant.length > 0 ? 'of another' : 'of nobody';
  }

  #setOf(role: Role | null): Set<string> | null {
    switch (role) {
      case 'id':
        return this.ids;
      case 'mail':
        return this.mails;
      case 'employee':
        return this.employees;
      case 'phone':
        return this.phones;
      case 'name':
        return this.names;
      case 'own':
      case null:
        return null;
    }
  }

  #erased(said: SaidCell, relation: 'own' | 'of another' | 'of nobody', scope: string): string {
    const { column, cell, text, isTheirs = false } = said;
    const role = roleOf(column);
    const meant = meantBy(said);
    if (meant === null || OF_THINGS.has(column)) return text;
    if (relation === 'own' && isTheirs) return '';
    if (relation === 'own' && role !== null) {
      if (role === 'id') return this.pseudonym(meant, scope);
      return role === 'name' ? ERASED : '';
    }
    // Another person may have the same name.
    if (role === 'name') return relation === 'of another' ? text : this.#withoutNames(text);
    if (role !== null && role !== 'own' && this.#setOf(role)?.has(meant)) return '';
    if (relation !== 'own' && WORDS.has(column)) return text;
    return FREE.has(cell) ? this.scrubbed(text) : text;
  }

  /** Of a cell that is a name: only a whole one, since another name may begin alike. */
  #withoutNames(text: string): string {
    const pattern = (this.#wholeNames ??= this.#patternOf(String.raw`\p{L}\p{N}_`));
    return pattern === null ? text : text.replaceAll(pattern, ERASED);
  }

  /** `beside`: what may not stand next to one of them. */
  #patternOf(beside = 'A-Za-z0-9_'): RegExp | null {
    const numbers = [...this.ids, ...this.phones].filter((text) => text.length >= SHORTEST_NUMBER);
    const words = [...this.mails, ...this.names].filter(
      (text) => text.length >= SHORTEST && /[\p{L}\p{N}]/u.test(text),
    );
    const texts = [...numbers, ...words].filter((text) => text !== ERASED).toSorted((a, b) => b.length - a.length);
    if (texts.length === 0) return null;
    const each = texts.map((text) => {
      const quoted = text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
      // A year, or a part of another number, is nobody's id.
      return /^\d+$/.test(text) ? String.raw`(?<!\d[.:/-])${quoted}(?![.:/-]\d)` : quoted;
    });
    return new RegExp(`(?<![${beside}])(?:${each.join('|')})(?![${beside}])`, 'giu');
  }
}

const TELLING: ReadonlySet<Role | null> = new Set(['id', 'mail', 'employee']);

/** What a cell says; null: nothing, in one of the ways in which files and lists leave a cell empty. */
function meantBy({ column, cell, text }: SaidCell): string | null {
  const present = presentText(cell, text)?.trim() ?? '';
  const role = roleOf(column);
  // Of a name any text may be one.
  if (present === '' || (role !== 'name' && NOTHING.has(present.toLowerCase()))) return null;
  return role === 'mail' ? present.toLowerCase() : present;
}

const NOTHING: ReadonlySet<string> = new Set(['-', '--', 'n/a', 'na', 'none', 'null', 'undefined', '无', '未知', '/']);

function roleOf(column: string | null): Role | null {
  return column === null ? null : (ROLES[column] ?? null);
}
