/** Pages of `docs/` as tests read them. */
import { readFileSync } from 'node:fs';
import { ROOT } from './tree.ts';

export function documentText(path: string): string {
  return readFileSync(ROOT + path, 'utf8');
}

/** The fenced blocks of a language, without the fences. */
export function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(/^[ ]*```(\S*)\n(.*?)^[ ]*```$/gms)].flatMap(([, named, block = '']) =>
    named === language ? [block] : [],
  );
}
