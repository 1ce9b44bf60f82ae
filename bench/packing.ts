/**
 * What packing the raw files of one day saves and costs, in a folder and in a bucket: objects and bytes before and after,
 * requests of the packing, of reading every answer as a rebuild does, and of listing, before and after.
 *
 *     npx tsx bench/packing.ts --sessions 2700
 *
 * The bucket is Versity's gateway (`versitygw` on PATH), behind a proxy that counts. It needs no build.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { HeldLines } from '../dataset/held-lines.ts';
import { HeldRecords } from '../dataset/held-records.ts';
import type { Manifest } from '../dataset/manifest.ts';
import { packDay } from '../dataset/pack-day.ts';
import { RawFiles } from '../dataset/raw-files.ts';
import { recordsOf } from '../dataset/records.ts';
import { writeIndex } from '../dataset/stage-index.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import type { UnitRecord } from '../dataset/unit-record.ts';
import { pageKey, recordKey, stageIndexKey, type DayLocation, type UnitLocation } from '../dataset/storage-keys.ts';
import { removeSuperseded } from '../dataset/superseded.ts';
import { openStore } from '../store/open-store.ts';
import { startS3Proxy } from '../test/support/s3-proxy.ts';
import { envOf, s3Program, startS3Server } from '../test/support/s3-server.ts';
import { unitRecord } from '../test/support/unit-record.ts';

const { values } = parseArgs({ options: { sessions: { type: 'string', default: '2700' } } });
const sessions = Number(values.sessions);
const DAY: DayLocation = { kind: 'day', profile: 'default', day: '2026-10-14', generation: 1000 };
const RESOURCE = 'participant_quality_list';

const counts = new Map<string, number>();
const server = s3Program() === undefined ? undefined : await startS3Server(s3Program()!);
const proxy =
  server &&
  (await startS3Proxy(server.url, ({ method, path }) => {
    const kind = path.includes('list-type') ? 'LIST' : path.includes('?delete') ? 'DELETE of many' : method;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return 'pass';
  }));
if (proxy) Object.assign(process.env, envOf(proxy.url));

/** Of an answer of about thirty minutes: 1.5 KB packed. */
function answer(): string {
  const minutes = Array.from({ length: 30 }, () => ({ network_delay_ms: randomBytes(16).toString('hex') }));
  return JSON.stringify({ code: 0, data: { participant_quality_list: minutes } });
}

async function measured(what: string, work: () => Promise<unknown>): Promise<void> {
  counts.clear();
  const startedMs = performance.now();
  await work();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`  ${what}: ${seconds} s`, Object.fromEntries(counts));
}

/** `dir`: a local folder that holds the place. */
async function bench(name: string, { url, dir }: { url: string; dir: string }): Promise<void> {
  console.log(name);
  const store = openStore(url);
  await store.prepare();
  for (let from = 0; from < sessions; from += 16) {
    const group = Array.from({ length: Math.min(16, sessions - from) }, (_, index) => from + index);
    await Promise.all(
      group.map(async (index) => {
        const unit = `${index.toString(16).padStart(32, '0')}.list`;
        const location: UnitLocation = { ...DAY, resource: RESOURCE, unit };
        const file = await putJsonGz(store, pageKey(location, 1), answer());
        const record: UnitRecord = unitRecord({ unit, resource: RESOURCE, generation: 1000, files: [file], rows: 30 });
        await store.writeJson(recordKey(location), record);
      }),
    );
  }
  const read = async (): Promise<void> => {
    const again = openStore(url);
    const raw = new RawFiles(again);
    for await (const { files } of recordsOf(again, DAY, RESOURCE)) for (const file of files) await raw.read(file);
  };
  console.log('  before', await sizeOf(dir));
  await measured('read before', read);
  const justRead = { indexKey: stageIndexKey(DAY), versions: new HeldLines() };
  const held = new HeldRecords();
  // As a commit does before it.
  const reading = recordsOf(store, DAY, RESOURCE, (_record, { key, version }) => {
    justRead.versions.add(JSON.stringify([key, version]));
  });
  for await (const record of reading) held.add(record);
  const { key, sha256 } = await writeIndex(store, justRead.indexKey, held.lines);
  const tables = { quality_minutes: { run: { stage: { key, sha256 } } } } as unknown as Manifest['tables'];
  await measured('packing', async () => {
    const inUse = await removeSuperseded(store, DAY, { tables, generation: 1000 }, justRead);
    await packDay(store, DAY, inUse!);
  });
  console.log('  after', await sizeOf(dir));
  await measured('read after', read);
}

/** Files, folders, their bytes, and the blocks that they take. */
async function sizeOf(dir: string) {
  const sum = { files: 0, folders: 0, bytes: 0, disk: 0 };
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    const { size, blocks } = await stat(join(entry.parentPath, entry.name));
    sum.disk += blocks * 512;
    if (entry.isDirectory()) sum.folders += 1;
    else {
      sum.files += 1;
      sum.bytes += size;
    }
  }
  return sum;
}

const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-packing-'));
try {
  await bench('a folder', { url: pathToFileURL(folder).href, dir: join(folder, 'raw') });
  if (server) {
    const bucket = await server.makeBucket();
    await bench('a bucket', { url: `s3://${bucket}/p`, dir: join(server.dir, bucket, 'p', 'raw') });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
  await proxy?.close();
  await server?.close();
}
