import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StoreError } from './errors.js';
/**
 * The absolute root folder that a `DATA_URL` names: `file:./data` (relative to the working directory) or `file:///srv/data`.
 * Percent-encoding is decoded, as in any URL. Throws StoreError `refused`; the message never repeats the URL, which may
 * carry a password for schemes of other products.
 */
export function parseDataUrl(dataUrl) {
    const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(dataUrl)?.[1]?.toLowerCase();
    if (scheme === undefined)
        throw refuse('it names no scheme; for a folder write file:./data or file:///srv/data');
    if (scheme !== 'file')
        throw refuse(`scheme ${scheme}: is not supported; supported is file: (file:./data)`);
    const rest = dataUrl.slice('file:'.length);
    if (rest === '')
        throw refuse('file: names no folder; write file:./data or file:///srv/data');
    try {
        return rest.startsWith('//') ? fileURLToPath(dataUrl) : resolve(decodeURIComponent(rest));
    }
    catch (error) {
        throw refuse('it is not a valid file: URL for a folder on this machine; write file:./data or file:///srv/data', error);
    }
}
function refuse(reason, cause) {
    return new StoreError('refused', `DATA_URL cannot be used: ${reason}.`, { cause });
}
//# sourceMappingURL=data-url.js.map