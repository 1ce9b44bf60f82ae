/** Far deeper than any documented answer, and far from the end of a stack. */
const DEPTH_AT_MOST = 64;

/** What a text is as JSON. `null` is read as absent: Feishu writes what it does not have as null or leaves it out. */
export type ReadJson = { state: 'read'; value: unknown } | { state: 'broken' } | { state: 'too_deep' };

export function readJson(text: string): ReadJson {
  // Looked at before it is parsed: what follows a value into its depth, the parser's own reviver first, ends with the stack.
  if (isTooDeep(text)) return { state: 'too_deep' };
  try {
    return { state: 'read', value: withoutNulls(JSON.parse(text) as unknown) };
  } catch (error) {
    if (error instanceof SyntaxError) return { state: 'broken' };
    throw error;
  }
}

/** In place, and not by a reviver, which costs ten times the parsing. */
function withoutNulls(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) value[at] = withoutNulls(value[at]);
  } else if (typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      if (fields[name] === null) delete fields[name];
      else withoutNulls(fields[name]);
    }
  }
  return value;
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth--;
    if (depth > DEPTH_AT_MOST) return true;
  }
  return false;
}

/** The place of the quote that closes the string which opens at `start`; brackets before it are text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}
