/**
 * A real S3 server for one test file: Versity's gateway over a folder, with signatures and conditional writes. Found on PATH
 * as `versitygw`; `go install github.com/versity/versitygw/cmd/versitygw@v1.8.0` makes it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const SECRET = 'not-the-real-secret';

export interface S3Server {
  url: string;
  /** The settings of a process that uses the server as its user. */
  env: Record<string, string>;
  /** Of the folder that holds one folder for each bucket. */
  dir: string;
  /** A new bucket. @returns its name */
  makeBucket(): Promise<string>;
  close(): Promise<void>;
}

/** Undefined where there is none; the reason is printed, and the tests that need it are skipped. */
export function s3Program(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'versitygw')).find((path) => existsSync(path));
  if (found === undefined) console.warn('skipped: versitygw is not on PATH');
  return found;
}

/** `host`: the address of this machine that it listens at. */
export async function startS3Server(program: string, host = '127.0.0.1'): Promise<S3Server> {
  const dir = await mkdtemp(join(tmpdir(), 'feishu-vc-s3-'));
  const versions = await mkdtemp(join(tmpdir(), 'feishu-vc-s3-versions-'));
  const address = `${host}:${await freePort(host)}`;
  const env = { ROOT_ACCESS_KEY: 'tester', ROOT_SECRET_KEY: SECRET, PATH: process.env['PATH'] };
  const child = spawn(program, ['--port', address, '--quiet', 'posix', '--versioning-dir', versions, dir], {
    env,
    stdio: 'ignore',
  });
  const url = `http://${address}`;
  await answers(url, child);
  let buckets = 0;
  return {
    url,
    dir,
    env: envOf(url),
    async makeBucket() {
      buckets += 1;
      await mkdir(join(dir, `bucket-${buckets}`));
      return `bucket-${buckets}`;
    },
    async close() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (const each of [dir, versions]) await rm(each, { recursive: true, force: true });
    },
  };
}

/** `url`: of the server, or of something before it. */
export function envOf(url: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: 'tester',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: url,
    S3_FORCE_PATH_STYLE: 'true',
  };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    try {
      await fetch(url);
      return;
    } catch {
      if (child.exitCode !== null) throw new Error(`versitygw ended with ${child.exitCode}`);
      await sleep(50);
    }
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
