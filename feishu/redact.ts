/** Takes what must not be seen out of a text that somebody else wrote. */
export type Redact = (text: string) => string;

const HIDDEN = '[hidden]';

/**
 * What this call does not know and its form gives away: Feishu's tokens (`t-…`, `u-…`, `a-…`, JWTs, bearer headers); ids of
 * people and rooms, mail addresses and phone numbers, masked ones too. A name has no form: one that Feishu writes into a message stays.
 */
const SHAPES = [
  /\bBearer\s+\S+/gi,
  /\beyJ[\w-]{8,}(?:\.[\w-]*)*/g,
  /\b[tuar]-(?=[\w.*-]{0,256}\d)[\w.*-]{8,}/g,
  /\b(?:ou|on|omm)_\w{8,}/g,
  /[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b/g,
  /\+\d{2,4}[\d*]{6,}/g,
];

/** Of a longer text the rest is not looked at, nor shown: it may be megabytes, made to keep whoever reads it busy. */
const LOOKED_AT = 16 * 1024;
/** So that of a secret that the end of what is looked at cuts in two no part is shown. */
const SHOWN = 4 * 1024;

/** A request value shorter than this is a flag. */
const SHORTEST_VALUE = 3;
/** Shorter than this, a text is hidden only where it stands alone: `20` is a page token, and a part of `200`. */
const SHORT = 5;

/**
 * `secrets` are hidden whatever their length, `values` from three characters on. Feishu echoes both in its messages, as they
 * are, percent-encoded or inside JSON.
 */
export function redactorFor(o: { secrets: readonly string[]; values: readonly string[] }): Redact {
  const needles = new Set<string>();
  for (const secret of o.secrets) if (secret !== '') spellings(secret).forEach((s) => needles.add(s));
  for (const value of o.values) {
    if (value.length >= SHORTEST_VALUE) spellings(value).forEach((s) => needles.add(s));
  }
  const longestFirst = [...needles].toSorted((a, b) => b.length - a.length);
  return (text) => {
    let clean = text.slice(0, LOOKED_AT);
    for (const needle of longestFirst)
      clean = clean.replaceAll(needle.length < SHORT ? wholeWord(needle) : needle, HIDDEN);
    for (const shape of SHAPES) clean = clean.replace(shape, HIDDEN);
    return text.length > LOOKED_AT ? `${clean.slice(0, SHOWN)}…` : clean;
  };
}

function wholeWord(needle: string): RegExp {
  return new RegExp(`(?<![\\w])${needle.replace(/[^\w]/g, '\\$&')}(?![\\w])`, 'g');
}

function spellings(value: string): string[] {
  const percent = percentEncoded(value);
  return [value, value.trim(), percent, percent.replaceAll('%20', '+'), JSON.stringify(value).slice(1, -1)].filter(
    (s) => s !== '',
  );
}

/** Like `encodeURIComponent`, but a lone surrogate becomes U+FFFD instead of an exception. */
export function percentEncoded(value: string): string {
  return encodeURIComponent(Buffer.from(value, 'utf8').toString('utf8'));
}

/** Every string, and every number of five digits or more, inside a request body. */
export function valuesIn(body: unknown): string[] {
  if (typeof body === 'string') return [body];
  if (typeof body === 'number') return Math.abs(body) >= 10_000 ? [String(body)] : [];
  if (typeof body !== 'object' || body === null) return [];
  return Object.values(body).flatMap(valuesIn);
}

const MAX_CAUSES = 5;

/**
 * A copy of a network error with scrubbed texts only. The originals of undici and Node carry sockets, certificates and pieces
 * of the answer, and whatever later version adds to them.
 */
export function safeCause(error: unknown, redact: Redact, depth = 0): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error)));
  const inner = depth < MAX_CAUSES && error.cause !== undefined ? safeCause(error.cause, redact, depth + 1) : undefined;
  const several = error instanceof AggregateError ? error.errors.map((e) => messageOf(e)).join('; ') : '';
  const copy = new Error(redact(error.message || several), inner && { cause: inner });
  copy.name = error.name;
  copy.stack = redact(error.stack ?? `${error.name}: ${error.message}`);
  const code = codeOf(error);
  return code === undefined ? copy : Object.assign(copy, { code });
}

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
