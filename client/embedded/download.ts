/** Temporal's own download of its command line: an archive with the executable at its top. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { EnvHttpProxyAgent, fetch } from 'undici';

const run = promisify(execFile);
const PLATFORM = process.platform === 'win32' ? 'windows' : process.platform;
const ARCH = process.arch === 'x64' ? 'amd64' : process.arch;

export const downloadUrl = (version: string): string =>
  `https://temporal.download/cli/archive/v${version}?platform=${PLATFORM}&arch=${ARCH}`;

/** Offline, a person waits no longer than this before the next way is tried. */
const CONNECT_TIMEOUT_MS = 8_000;
const HEADERS_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;
/** Several times what an archive has: the hash is looked at when all of it is there, and the disk is to outlive that. */
const ARCHIVE_BYTES_AT_MOST = 500_000_000;

/** @returns the path of the unpacked executable in `dir`, which may be any */
export async function downloadArchive(options: {
  url: string;
  dir: string;
  env: Record<string, string>;
  executable: string;
  bytesAtMost?: number;
}): Promise<string> {
  const dispatcher = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: HEADERS_TIMEOUT_MS,
  });
  const archive = join(options.dir, 'archive');
  try {
    const answer = await fetch(options.url, { dispatcher, signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!answer.ok || !answer.body) throw new Error(`GET ${options.url} answered ${answer.status}`);
    const bounded = upTo(options.bytesAtMost ?? ARCHIVE_BYTES_AT_MOST);
    await pipeline(Readable.fromWeb(answer.body), bounded, createWriteStream(archive));
  } catch (error) {
    throw new Error(`GET ${options.url}: ${deepestMessage(error)}`, { cause: error });
  } finally {
    await dispatcher.destroy();
  }
  // bsdtar on Windows and macOS and GNU tar on Linux all read what is offered for their platform.
  await run('tar', ['-xf', archive, '-C', options.dir, options.executable], { env: options.env });
  return join(options.dir, options.executable);
}

function upTo(bytesAtMost: number) {
  return async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > bytesAtMost) throw new Error(`more than ${bytesAtMost} bytes`);
      yield chunk;
    }
  };
}

/** fetch says "fetch failed"; the reason stands at the end of the chain. */
function deepestMessage(error: unknown): string {
  let message = String(error);
  for (let link = error; link instanceof Error; link = link.cause) message = link.message;
  return message;
}
