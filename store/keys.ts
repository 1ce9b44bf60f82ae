import { createHash } from 'node:crypto';
import { wellFormed } from '../model/text.ts';
import { StoreError } from './errors.ts';

/**
 * Files and folders that are being written. `list` skips them. Globs do not: `**` of DuckDB enters hidden folders, so
 * what ends in `.parquet` must be nowhere below such a name.
 */
export const TEMP_PREFIX = '.tmp-';
/** Where tables are built before they are moved to their keys: no glob over `tables/` looks there. */
export const BUILD_FOLDER = '.build';
/** At the root: holds one folder, or in a bucket one object, for each lock. */
export const LOCKS_FOLDER = '.locks';

const MAX_SEGMENT_LENGTH = 120;
const HASH_LENGTH = 32;
/** Longest file name that common file systems take, in bytes. */
const MAX_NAME_BYTES = 255;
const EMPTY_SEGMENT = '%empty';
const WINDOWS_RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/**
 * Makes any text from outside (a profile's name, an id, a workflow id) into one folder or file name: letters, digits, `_`,
 * `-` and inner dots stay, all else is percent-encoded as UTF-8, as Hive partition names are. Different texts give different
 * names. Longer than 120 characters, or with half a surrogate pair: cut, `~` and 32 hex characters of the text's SHA-256;
 * such a name cannot be decoded.
 */
export function encodeSegment(text: string): string {
  if (text === '') return EMPTY_SEGMENT;
  const whole = wellFormed(text);
  let encoded = encodeURIComponent(whole).replace(/[!'()*~]/g, percent);
  // A leading dot hides the name (or is `.` or `..`), Windows drops a trailing one and reserves device names.
  encoded = encoded.replace(/^\./, '%2E').replace(/\.$/, '%2E');
  if (WINDOWS_RESERVED.test(encoded)) encoded = percent(encoded.charAt(0)) + encoded.slice(1);
  if (encoded.length <= MAX_SEGMENT_LENGTH && whole === text) return encoded;
  const hash = createHash('sha256').update(text, 'utf16le').digest('hex').slice(0, HASH_LENGTH);
  const head = encoded.slice(0, MAX_SEGMENT_LENGTH - HASH_LENGTH - 1).replace(/%[0-9A-F]?$/, '');
  return `${head}~${hash}`;
}

/** The text that `encodeSegment` was given, or undefined where the name was cut or is not one of its names. */
export function decodeSegment(segment: string): string | undefined {
  if (segment === EMPTY_SEGMENT) return '';
  if (segment.includes('~')) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/**
 * Checks a key: a relative path with `/` between its segments, none of them empty, dotted at the start, with control
 * characters, a backslash or a colon, or longer than 255 bytes. Throws StoreError `refused`.
 */
export function checkKey(key: string): string {
  const problem = key.split('/').map(segmentProblem).find(Boolean);
  if (problem !== undefined)
    throw new StoreError('refused', `Storage key ${JSON.stringify(key)} is refused: ${problem}.`);
  return key;
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'it is empty, absolute, or has an empty folder name';
  if (segment.startsWith('.')) return 'a name in it starts with a dot';
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001F\u007F\\:]/.test(segment)) return 'it has a control character, a backslash or a colon';
  if (Buffer.byteLength(segment) > MAX_NAME_BYTES) return `a name in it is longer than ${MAX_NAME_BYTES} bytes`;
  return undefined;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
