/**
 * The custom search attributes of backfills, days and single runs: registered by the client, looked up by the worker,
 * set by the workflows where they are registered with this type.
 */
export declare const SEARCH_ATTRIBUTES: {
    readonly FeishuProfile: 'KEYWORD';
    /** Tables that are asked for. */
    readonly FeishuResource: 'KEYWORD_LIST';
    readonly FeishuDay: 'KEYWORD';
    readonly FeishuStatus: 'KEYWORD';
};
export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;
export declare const SEARCH_ATTRIBUTE_NAMES: SearchAttributeName[];
export declare function searchAttributeType(name: SearchAttributeName): 2 | 7;
/** `registered`: the number of the type that a name has in the namespace, if any. */
export declare function hasSearchAttributeType(name: SearchAttributeName, registered: number | null | undefined): boolean;
