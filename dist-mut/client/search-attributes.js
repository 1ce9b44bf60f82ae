import { hasSearchAttributeType, SEARCH_ATTRIBUTE_NAMES as NAMES, searchAttributeType, } from '../model/search-attributes.js';
/** Adds those that are missing. Throws what the server says where this caller may not. */
export async function registerSearchAttributes(connection, namespace) {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const typeOf = (name) => customAttributes?.[name];
    const added = NAMES.filter((name) => typeOf(name) === undefined);
    if (added.length > 0) {
        const searchAttributes = Object.fromEntries(added.map((name) => [name, searchAttributeType(name)]));
        await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    }
    const present = NAMES.filter((name) => hasSearchAttributeType(name, typeOf(name)));
    return { added, present, taken: NAMES.filter((name) => !added.includes(name) && !present.includes(name)) };
}
//# sourceMappingURL=search-attributes.js.map