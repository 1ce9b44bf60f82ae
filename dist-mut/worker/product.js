import { readFileSync } from 'node:fs';
/** Name and version, as manifests and User-Agent say it. The file lies one folder up in the sources, two when built. */
export const PRODUCT = nameAndVersion();
function nameAndVersion() {
    for (const place of ['../package.json', '../../package.json']) {
        try {
            const found = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
            return `${found.name} ${found.version}`;
        }
        catch (error) {
            if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
                throw error;
        }
    }
    throw new Error('package.json is not beside the code');
}
//# sourceMappingURL=product.js.map