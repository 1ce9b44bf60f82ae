/** Import statements of a source text, as far as an architecture test needs them. */

export interface Import {
  specifier: string;
  /** Gone after compilation: `import type`, `export type`, or every name marked `type`. */
  typeOnly: boolean;
  /** By `import(…)`: when it is come to, and not before the module runs. */
  late: boolean;
}

const STATEMENT = /\b(?:import|export)\s+(type\s+)?([\w$\s,*{}]*?)\s*from\s*'([^']+)'/g;
const BARE = /\bimport\s*(\(?)\s*'([^']+)'/g;

/** Reads this project's style: single quotes, static specifiers, dynamic imports with a literal. */
export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const named = Array.from(code.matchAll(STATEMENT), ([, type, names = '', specifier = '']) => ({
    specifier,
    typeOnly: type !== undefined || everyNameIsType(names),
    late: false,
  }));
  const bare = Array.from(code.matchAll(BARE), ([, call, specifier = '']) => ({
    specifier,
    typeOnly: false,
    late: call === '(',
  }));
  return [...named, ...bare];
}

/** A comment may hold an example that imports. A `//` after a colon is that of a URL. */
function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`\\])\/\/.*$/gm, '$1');
}

function everyNameIsType(names: string): boolean {
  const inner = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
  if (inner === undefined) return false;
  const list = inner.split(',').map((name) => name.trim());
  return list.filter((name) => name !== '').every((name) => name.startsWith('type '));
}
