/**
 * The custom search attributes of backfills, days and single runs: registered by the client, looked up by the worker,
 * set by the workflows where they are registered with this type.
 */
export const SEARCH_ATTRIBUTES = {
  FeishuProfile: 'KEYWORD',
  /** Tables that are asked for. */
  FeishuResource: 'KEYWORD_LIST',
  FeishuDay: 'KEYWORD',
  FeishuStatus: 'KEYWORD',
} as const;
export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

/** Temporal's numbers of the types, as the operator service says them. */
const TYPE_NUMBERS = { KEYWORD: 2, KEYWORD_LIST: 7 } as const;

export const SEARCH_ATTRIBUTE_NAMES = Object.keys(SEARCH_ATTRIBUTES) as SearchAttributeName[];

export function searchAttributeType(name: SearchAttributeName): 2 | 7 {
  return TYPE_NUMBERS[SEARCH_ATTRIBUTES[name]];
}

/** `registered`: the number of the type that a name has in the namespace, if any. */
export function hasSearchAttributeType(name: SearchAttributeName, registered: number | null | undefined): boolean {
  return registered === searchAttributeType(name);
}
