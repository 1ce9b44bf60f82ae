/** Its first characters, so many at most, without half of one at their end. */
export function beginningOf(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}

/** With U+FFFD in place of each half of a character: readers of JSON refuse the whole text for one. */
export function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text.replaceAll(/\p{Surrogate}/gu, '\u{FFFD}') : text;
}
