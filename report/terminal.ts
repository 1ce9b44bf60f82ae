/**
 * The one way of text to a terminal. Names of guests, reasons of Feishu, messages of errors: what comes from elsewhere may hold
 * what a terminal obeys (ESC, OSC 52, a screen clear), turns the order of letters around, or looks like a further line.
 * Data (JSON, CSV) stay as they are in pipes and files, and lose nothing but that on a terminal.
 */

const BREAKS = /[\t-\r\u0085\u2028\u2029]+/g;
const OBEYED = /[\p{Cc}\p{Bidi_Control}]/gu;

export interface TextStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** For a part of a line, such as a cell: breaks become spaces, and what a terminal would obey is left out. */
export function oneLine(text: string): string {
  return text.replaceAll(BREAKS, ' ').replaceAll(OBEYED, '');
}

/** The same, line by line. */
export function plainText(text: string): string {
  return text.split(/\r?\n/).map(oneLine).join('\n');
}

/** Writes text for people and ends its line. */
export function print(stream: TextStream, text: string): void {
  stream.write(`${plainText(text)}\n`);
}

/** Data for a stream, other than JSON: what a terminal would obey is left out there. */
export function textFor({ isTTY = false }: Pick<TextStream, 'isTTY'>, text: string): string {
  return isTTY ? plainText(text) : text;
}

/** JSON for a stream: on a terminal what it would obey is escaped, which means the same. `JSON.stringify` escapes C0 alone. */
export function jsonFor({ isTTY = false }: Pick<TextStream, 'isTTY'>, json: string): string {
  if (!isTTY) return json;
  return json.replaceAll(/[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu, (mark) => {
    return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Writes data other than JSON. */
export function printText(stream: TextStream, text: string): void {
  stream.write(textFor(stream, text));
}

/** Writes data for programs. `indent`: spaces; 0 keeps it on one line. */
export function printJson(stream: TextStream, value: unknown, { indent = 2 } = {}): void {
  stream.write(`${jsonFor(stream, JSON.stringify(value, null, indent))}\n`);
}
