/** Search attributes of a run, set where the worker found them registered; elsewhere nothing happens. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttributeName } from '../messages.ts';

/** Sets what has changed, and nothing else: each change is an event. */
export class SearchAttributes {
  readonly #registered: ReadonlySet<string>;
  readonly #known = new Map<string, string>();

  constructor(registered: readonly string[]) {
    this.#registered = new Set(registered);
  }

  set(values: Partial<Record<SearchAttributeName, string>>): void {
    const changed = Object.entries(values).filter(
      ([name, value]) => this.#registered.has(name) && this.#known.get(name) !== value,
    );
    if (changed.length === 0) return;
    for (const [name, value] of changed) this.#known.set(name, value);
    upsertSearchAttributes(changed.map(([name, value]) => ({ key: defineSearchAttributeKey(name, 'KEYWORD'), value })));
  }
}
