/** The kinds of store, for tests that all of them have to pass. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { forEachAhead } from '../../dataset/read-ahead.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store, StoreOptions } from '../../store/store.ts';
import { s3Program, startS3Server, type S3Server } from './s3-server.ts';

export interface StoreKind {
  name: string;
  /** False where this machine lacks what it takes. */
  isHere: boolean;
  start(): Promise<void>;
  /** A new, empty place. @returns its `DATA_URL`, for this process and its children */
  makePlace(): Promise<string>;
  stop(): Promise<void>;
}

function folderKind(): StoreKind {
  const folders: string[] = [];
  return {
    name: 'a folder',
    isHere: true,
    start: async () => undefined,
    async makePlace() {
      const folder = await mkdtemp(join(tmpdir(), 'store-contract-'));
      folders.push(folder);
      return pathToFileURL(folder).href;
    },
    async stop() {
      for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
    },
  };
}

function bucketKind(program: string | undefined): StoreKind {
  let server: S3Server | undefined;
  return {
    name: 'a bucket',
    isHere: program !== undefined,
    async start() {
      server = await startS3Server(program!);
      Object.assign(process.env, server.env);
    },
    makePlace: async () => `s3://${await server!.makeBucket()}/some/prefix`,
    stop: async () => await server?.close(),
  };
}

export const STORE_KINDS: readonly StoreKind[] = [folderKind(), bucketKind(s3Program())];

/** Opens a place as a worker would that comes to it. */
export type OpenStore = (options?: StoreOptions) => Store;

export function openerOf(dataUrl: string): OpenStore {
  return (options) => openStore(dataUrl, options);
}

export async function keysOf(store: Store, prefix = ''): Promise<string[]> {
  const found = [];
  for await (const key of store.list(prefix)) found.push(key);
  return found;
}

/** Copies every file of a place to another, some at a time. */
export async function copyStore(from: Store, to: Store): Promise<void> {
  await to.prepare();
  await forEachAhead(await keysOf(from), async (key) => void (await to.put(key, await from.readStream(key))));
}

/** Hidden ones too, but for the locks. */
export async function everythingIn(store: Store): Promise<string[]> {
  const found = [];
  for await (const key of store.list('', { hidden: true })) if (!key.startsWith('.locks/')) found.push(key);
  return found;
}
