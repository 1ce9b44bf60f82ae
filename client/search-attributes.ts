/** Registers the search attributes by which runs are found in the Temporal UI. */
import type { Connection } from '@temporalio/client';
import {
  hasSearchAttributeType,
  SEARCH_ATTRIBUTE_NAMES as NAMES,
  searchAttributeType,
  type SearchAttributeName,
} from '../model/search-attributes.ts';

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
  const added = NAMES.filter((name) => typeOf(name) === undefined);
  if (added.length > 0) {
    const searchAttributes = Object.fromEntries(added.map((name) => [name, searchAttributeType(name)]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  }
  const present = NAMES.filter((name) => hasSearchAttributeType(name, typeOf(name)));
  return { added, present, taken: NAMES.filter((name) => !added.includes(name) && !present.includes(name)) };
}
