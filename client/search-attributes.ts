/** Registers the search attributes by which runs are found in the Temporal UI. */
import type { Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '../workflows/messages.ts';

const KEYWORD: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD = 2;

export interface Registered {
  added: SearchAttributeName[];
  /** Were there already. */
  present: SearchAttributeName[];
  /** Taken by another type, which cannot be changed: runs do not set them. */
  taken: SearchAttributeName[];
}

/** Adds those that are missing. Throws what the server says where this caller may not. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<Registered> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const typeOf = (name: string) => customAttributes?.[name];
  const added = SEARCH_ATTRIBUTES.filter((name) => typeOf(name) === undefined);
  if (added.length > 0) {
    const searchAttributes = Object.fromEntries(added.map((name) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  }
  return {
    added,
    present: SEARCH_ATTRIBUTES.filter((name) => typeOf(name) === KEYWORD),
    taken: SEARCH_ATTRIBUTES.filter((name) => (typeOf(name) ?? KEYWORD) !== KEYWORD),
  };
}
