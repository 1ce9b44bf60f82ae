/** Search attributes of a run, set where the worker found them registered; elsewhere nothing happens. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
/** Sets what has changed, and nothing else: each change is an event. */
export class SearchAttributes {
    #registered;
    #known = new Map();
    constructor(registered) {
        this.#registered = new Set(registered);
    }
    set(values) {
        const changed = Object.entries(values).filter(([name, value]) => this.#registered.has(name) && this.#known.get(name) !== String(value));
        if (changed.length === 0)
            return;
        for (const [name, value] of changed)
            this.#known.set(name, String(value));
        upsertSearchAttributes(changed.map(([name, value]) => pair(name, value)));
    }
}
function pair(name, value) {
    if (typeof value === 'string')
        return { key: defineSearchAttributeKey(name, 'KEYWORD'), value };
    return { key: defineSearchAttributeKey(name, 'KEYWORD_LIST'), value };
}
//# sourceMappingURL=search-attributes.js.map