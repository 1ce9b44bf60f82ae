const REFERENCE = /&(?:#(\d{1,9});|#x([0-9a-fA-F]{1,8});|(lt|gt|amp|quot|apos);)?/g;
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const ESCAPE = /_x([dD][89abAB][0-9a-fA-F]{2})__x([dD][c-fC-F][0-9a-fA-F]{2})_|_x([0-9a-fA-F]{4})_/g;

/** Longest spelling of a reference that `decodeReferences` understands; a text may be cut anywhere but inside one. */
export const LONGEST_REFERENCE = 13;

/**
 * Resolves the references that XML knows without a DTD.
 * @returns undefined where an `&` begins no such reference, or stands for a character that XML does not allow.
 */
export function decodeReferences(text: string): string | undefined {
  if (!text.includes('&')) return text;
  let valid = true;
  const decoded = text.replace(REFERENCE, (_, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? '';
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    if (isXmlCharacter(code)) return String.fromCodePoint(code);
    valid = false;
    return '';
  });
  return valid ? decoded : undefined;
}

function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

/** XML reads every line end as one line feed. */
export function normalizeLineEnds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/**
 * Undoes the format's own escape for what XML cannot hold: `_x000D_` is a carriage return, `_x005F_x000D_` the text
 * `_x000D_`. Half of a surrogate pair stays as written: no encoding could carry it on.
 */
export function decodeEscapes(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(ESCAPE, (written, high?: string, low?: string, single?: string) => {
    if (high !== undefined && low !== undefined) return fromHex(high) + fromHex(low);
    const code = Number.parseInt(single ?? '', 16);
    return code >= 0xd800 && code <= 0xdfff ? written : String.fromCharCode(code);
  });
}

function fromHex(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

const MARKUP: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '\r': '&#13;' };

/** The inverse of what reading does: markup, characters that XML cannot hold, and texts that look like their escape. */
export function encodeText(text: string): string {
  // Nearly all texts are as they are.
  // oxlint-disable-next-line no-control-regex
  if (!/[<>&\0-\x1f\ufffe\uffff]|_x/.test(text)) return text;
  return (
    text
      .replace(/_(?=x[0-9a-fA-F]{4}_)/g, '_x005F_')
      // oxlint-disable-next-line no-control-regex
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, escapeOf)
      .replace(/[<>&\r]/g, (mark) => MARKUP[mark] ?? mark)
  );
}

function escapeOf(character: string): string {
  return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
}
