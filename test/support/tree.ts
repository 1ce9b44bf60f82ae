/** The files of the checkout, without what is installed, built or written by a run. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const LEFT_OUT = new Set(['.git', 'node_modules', 'dist', 'data', 'demo']);

/** Paths relative to the checkout, with `/`, sorted. */
export function filesOfTree(): string[] {
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(ROOT + folder, { withFileTypes: true })) {
      if (folder === '' && LEFT_OUT.has(entry.name)) continue;
      if (entry.isDirectory()) walk(`${folder}${entry.name}/`);
      else if (entry.isFile()) found.push(folder + entry.name);
    }
  };
  walk('');
  return found.toSorted();
}
