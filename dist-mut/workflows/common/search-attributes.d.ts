import type { SEARCH_ATTRIBUTES, SearchAttributeName } from '../../model/search-attributes.ts';
export type SearchAttributeValues = {
    [K in SearchAttributeName]?: (typeof SEARCH_ATTRIBUTES)[K] extends 'KEYWORD_LIST' ? string[] : string;
};
/** Sets what has changed, and nothing else: each change is an event. */
export declare class SearchAttributes {
    #private;
    constructor(registered: readonly string[]);
    set(values: SearchAttributeValues): void;
}
