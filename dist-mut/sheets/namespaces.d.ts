/** Transitional (what nearly every writer uses) and strict. */
export declare const MAIN_NAMESPACES: ReadonlySet<string>;
/** Of the `r:id` attribute and, with a name behind it, of relationship types. */
export declare const RELATIONSHIPS: readonly ['http://schemas.openxmlformats.org/officeDocument/2006/relationships', 'http://purl.oclc.org/ooxml/officeDocument/relationships'];
/** Of the files that list a part's relationships. */
export declare const PACKAGE_RELATIONSHIPS: ReadonlySet<string>;
