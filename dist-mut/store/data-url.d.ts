/**
 * The absolute root folder that a `DATA_URL` names: `file:./data` (relative to the working directory) or `file:///srv/data`.
 * Percent-encoding is decoded, as in any URL. Throws StoreError `refused`; the message never repeats the URL, which may
 * carry a password for schemes of other products.
 */
export declare function parseDataUrl(dataUrl: string): string;
