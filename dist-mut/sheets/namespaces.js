/** Transitional (what nearly every writer uses) and strict. */
export const MAIN_NAMESPACES = new Set([
    'http://schemas.openxmlformats.org/spreadsheetml/2006/main',
    'http://purl.oclc.org/ooxml/spreadsheetml/main',
]);
/** Of the `r:id` attribute and, with a name behind it, of relationship types. */
export const RELATIONSHIPS = [
    'http://schemas.openxmlformats.org/officeDocument/2006/relationships',
    'http://purl.oclc.org/ooxml/officeDocument/relationships',
];
/** Of the files that list a part's relationships. */
export const PACKAGE_RELATIONSHIPS = new Set([
    'http://schemas.openxmlformats.org/package/2006/relationships',
]);
//# sourceMappingURL=namespaces.js.map