/** Somebody who is to be erased: by which ids, addresses and names the answers know them, and what is put in their place. */
import { createHmac } from 'node:crypto';
import { sourceColumns, TABLE_OF_RESOURCE, type CellKind } from '../tables/columns.ts';
import type { ExportResource } from '../feishu/contract.ts';
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

/** One cell of a row, or one field of an element. `column`: null where no table has it. */
export interface SaidCell {
  column: string | null;
  cell: CellKind;
  text: string;
}

/** By field of the list. Where two columns read one field, both are of one role. */
export function columnsByField(resource: StageResource): ReadonlyMap<string, Pick<SaidCell, 'column' | 'cell'>> {
  if (!isExport(resource)) return new Map();
  return new Map(
    sourceColumns(resource).flatMap(({ name, source }) =>
      source.list === undefined ? [] : [[source.list, { column: name, cell: source.cell }] as const],
    ),
  );
}

export function isExport(resource: StageResource): resource is ExportResource {
  return resource in TABLE_OF_RESOURCE;
}

/** What is too short stands in too many texts. */
const SHORTEST = 2;
const SHORTEST_NUMBER = 4;

type Known = Record<'ids' | 'mails' | 'employees' | 'phones' | 'names', string[]>;

export class ErasedPerson {
  readonly ids: Set<string>;
  readonly mails: Set<string>;
  readonly employees: Set<string>;
  readonly phones: Set<string>;
  readonly names: Set<string>;
  readonly #salt: Buffer;
  #pattern: RegExp | null | undefined;

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
   */
  learn(cells: readonly SaidCell[]): boolean {
    if (this.#relation(cells) !== 'own') return false;
    const before = this.ids.size + this.mails.size + this.employees.size;
    for (const { column, text } of cells) this.#setOf(roleOf(column))?.add(text.trim());
    this.#pattern = undefined;
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
    if (telling.some(({ column, text }) => this.#setOf(roleOf(column))?.has(text.trim()))) return 'own';
    return telling.some(({ text }) => text.trim() !== '') ? 'of another' : 'of nobody';
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

  #erased({ column, cell, text }: SaidCell, relation: 'own' | 'of another' | 'of nobody', scope: string): string {
    const role = roleOf(column);
    if (text.trim() === '') return text;
    if (relation === 'own' && role !== null) {
      if (role === 'id') return this.pseudonym(text.trim(), scope);
      return role === 'name' ? ERASED : '';
    }
    // Another person may have the same name.
    if (role === 'name' && relation === 'of another') return text;
    return FREE.has(cell) ? this.scrubbed(text) : text;
  }

  #patternOf(): RegExp | null {
    const numbers = [...this.ids, ...this.phones].filter((text) => text.length >= SHORTEST_NUMBER);
    const words = [...this.mails, ...this.names].filter((text) => text.length >= SHORTEST);
    const texts = [...numbers, ...words].filter((text) => text !== ERASED).toSorted((a, b) => b.length - a.length);
    if (texts.length === 0) return null;
    const each = texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`));
    return new RegExp(`(?<![A-Za-z0-9_])(?:${each.join('|')})(?![A-Za-z0-9_])`, 'gu');
  }
}

const TELLING: ReadonlySet<Role | null> = new Set(['id', 'mail', 'employee']);

function roleOf(column: string | null): Role | null {
  return column === null ? null : (ROLES[column] ?? null);
}
