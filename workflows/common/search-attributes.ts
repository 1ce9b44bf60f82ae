/** Search attributes of a run, set where the worker found them registered; elsewhere nothing happens. */
import { defineSearchAttributeKey } from '@temporalio/common';
import type { SearchAttributePair } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { SEARCH_ATTRIBUTES, SearchAttributeName } from '../../model/search-attributes.ts';

export type SearchAttributeValues = {
  [K in SearchAttributeName]?: (typeof SEARCH_ATTRIBUTES)[K] extends 'KEYWORD_LIST' ? string[] : string;
};

/** Sets what has changed, and nothing else: each change is an event. */
export class SearchAttributes {
  readonly #registered: ReadonlySet<string>;
  readonly #known = new Map<string, string>();

  constructor(registered: readonly string[]) {
    this.#registered = new Set(registered);
  }

  set(values: SearchAttributeValues): void {
    const changed = Object.entries(values).filter(
      ([name, value]) => this.#registered.has(name) && this.#known.get(name) !== String(value),
    );
    if (changed.length === 0) return;
    for (const [name, value] of changed) this.#known.set(name, String(value));
    upsertSearchAttributes(changed.map(([name, value]) => pair(name, value)));
  }
}

function pair(name: string, value: string | string[]): SearchAttributePair {
  if (typeof value === 'string') return { key: defineSearchAttributeKey(name, 'KEYWORD'), value };
  return { key: defineSearchAttributeKey(name, 'KEYWORD_LIST'), value };
}
