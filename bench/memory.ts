/**
 * Measures the memory that large answers take, and for how long they hold the event loop, in a folder and in a bucket: a raw
 * file of so many megabytes, downloaded over HTTP, stored and read to its end; and a day of so many minutes, from its stage to
 * its commit and its packs. Each in a process of its own, at two sizes, so that it shows whether memory grows with the size.
 *
 *     npx tsx bench/memory.ts --megabytes 20,200 --minutes 100000,1000000
 *
 * The bucket is Versity's gateway (`versitygw` on PATH). It needs no build.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { countSheetRows } from '../dataset/single.ts';
import { FeishuClient } from '../feishu/index.ts';
import { writeSheet } from '../sheets/index.ts';
import { openStore } from '../store/open-store.ts';
import { sourceColumns } from '../tables/columns.ts';
import { s3Program, startS3Server } from '../test/support/s3-server.ts';
import { personCells, type SmallTenant } from '../test/support/small-tenant.ts';
import { ASK, FROM, HOUR, StagedDay, TO, type Asking } from '../test/support/staged-day.ts';
import { copyStore } from '../test/support/store-kinds.ts';
import { EventLoopHolds } from './event-loop-holds.ts';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '20,200' },
    minutes: { type: 'string', default: '100000,1000000' },
    only: { type: 'string', default: 'file,day' },
  },
});
const sizes = (list: string): number[] => list.split(',').map(Number);
const RESOURCE = 'participant_list';
const PEOPLE = 60;
const MINUTES = 40;
/** What a child is given. */
type Task =
  { what: 'file'; dataUrl: string; from: string } | { what: 'day'; dataUrl: string; asking: Asking } | { what: 'idle' };

interface Measured {
  seconds: number;
  cpuSeconds: number;
  rows: number;
  peakMiB: number;
  /** For how long the event loop was held at most. */
  holdMs: number;
}

if (process.send === undefined) await main();
else process.once('message', (task: Task) => void work(task).then((done) => process.send!(done)));

async function work(task: Task): Promise<Measured> {
  const began = performance.now();
  const holds = new EventLoopHolds();
  const rows = task.what === 'file' ? await storeFile(task) : task.what === 'day' ? await commitDay(task) : 0;
  const { user, system } = process.cpuUsage();
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  const seconds = (performance.now() - began) / 1000;
  const cpuSeconds = (user + system) / 1e6;
  return { seconds, cpuSeconds, rows, peakMiB: Number(peak) / 1024, holdMs: holds.longest() };
}

/** As the worker does it: from the answer into the store, and then read to its end. */
async function storeFile({ dataUrl, from }: Task & { what: 'file' }): Promise<number> {
  const store = openStore(dataUrl);
  await store.prepare();
  const client = new FeishuClient({ baseUrl: from });
  const { body } = await client.downloadExport('file', { token: 'token' });
  const key = 'raw/file.xlsx';
  const file = { key, ...(await store.put(key, body)) };
  await client.close();
  return await countSheetRows(store, { resource: RESOURCE, file });
}

async function commitDay({ dataUrl, asking }: Task & { what: 'day' }): Promise<number> {
  const day = new StagedDay(openStore(dataUrl), NO_TENANT, () => {});
  const told = await day.commit(asking);
  return told.tables.quality_minutes ?? 0;
}

async function inChild(task: Task): Promise<Measured> {
  const child = fork(fileURLToPath(import.meta.url), { execArgv: process.execArgv });
  child.send(task);
  const [done] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the process that is measured ended with ${code}`))),
  ])) as [Measured];
  child.disconnect();
  return done;
}

const NO_TENANT: SmallTenant = { meetings: [], bookings: [] };

/** Meetings of 60 people, and 40 minutes of each. */
function tenantWith(minutes: number): SmallTenant {
  const meetings = Array.from({ length: Math.ceil(minutes / PEOPLE / MINUTES) }, (_, index) => {
    const start = FROM + HOUR + 60 * (index % 600);
    const end = start + 60 * MINUTES;
    const people = Array.from({ length: PEOPLE }, (_person, place) => ({
      name: `person ${place} of ${index}`,
      kind: 'user' as const,
      join: start,
      leave: end,
      shown: start,
    }));
    return { no: String(100_000_000 + index), start, end, people };
  });
  return { meetings, bookings: [] };
}

/** A workbook as the export of participants is, of about so many bytes. */
async function writeParticipants(path: string, bytes: number): Promise<void> {
  const columns = sourceColumns(RESOURCE).flatMap(({ name, source }) =>
    source.zh?.[0] === undefined ? [] : [{ name, header: source.zh[0], width: 10, isTime: false }],
  );
  // A name of 500 characters that nothing packs is most of a row's bytes.
  const count = Math.ceil(bytes / 420);
  async function* rows() {
    for (let index = 0; index < count; index++) {
      const name = randomBytes(375).toString('base64');
      const person = { name, kind: 'user' as const, join: FROM, leave: FROM + HOUR, shown: FROM };
      const cells: Record<string, string | null> = personCells(person);
      yield columns.map((column) => cells[column.name] ?? null);
    }
  }
  await writeSheet(path, { columns, rows: rows() });
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'feishu-vc-memory-'));
  const program = s3Program();
  const server = program === undefined ? undefined : await startS3Server(program);
  if (server) Object.assign(process.env, server.env);
  const table: Record<string, unknown>[] = [];
  const show = (what: string, place: string, measured: Measured): void => {
    const { seconds, cpuSeconds, rows, peakMiB, holdMs } = measured;
    const figures = { 'peak, MiB': Math.round(peakMiB), 'longest hold, ms': Math.round(holdMs) };
    const row = { what, place, rows, 'seconds of CPU': cpuSeconds.toFixed(1), ...figures };
    console.log({ ...row, seconds: seconds.toFixed(1) });
    table.push(row);
  };
  let made = 0;
  const places = async (): Promise<[string, string][]> => {
    made += 1;
    const local: [string, string] = ['a folder', pathToFileURL(join(folder, `data-${made}`)).href];
    return server ? [local, ['a bucket', `s3://${await server.makeBucket()}/data`]] : [local];
  };
  try {
    show('nothing', 'nowhere', await inChild({ what: 'idle' }));
    if (values.only.includes('file')) {
      for (const megabytes of sizes(values.megabytes)) {
        const path = join(folder, 'file.xlsx');
        await writeParticipants(path, megabytes * 1e6);
        const size = (await stat(path)).size;
        const http = createServer((_request, response) => {
          const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
          response.writeHead(200, { 'content-type': type, 'content-length': size });
          createReadStream(path).pipe(response);
        }).listen(0, '127.0.0.1');
        await once(http, 'listening');
        const address = http.address();
        const from = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
        for (const [place, dataUrl] of await places()) {
          show(`a raw file of ${Math.round(size / 1e6)} MB`, place, await inChild({ what: 'file', dataUrl, from }));
        }
        http.close();
      }
    }
    if (values.only.includes('day')) {
      for (const minutes of sizes(values.minutes)) {
        const [local, ...others] = await places();
        const store = openStore(local![1]);
        await store.prepare();
        const day = new StagedDay(store, tenantWith(minutes), () => {});
        const asking = await day.stage(ASK, { at: TO + 12 * HOUR });
        for (const [, dataUrl] of others) await copyStore(store, openStore(dataUrl));
        console.log(`${minutes} minutes are staged, in ${1 + others.length} places`);
        for (const [place, dataUrl] of [local!, ...others]) {
          show(`a day of ${minutes} minutes`, place, await inChild({ what: 'day', dataUrl, asking }));
        }
      }
    }
    console.table(table);
    console.log(`load ${loadavg()[0]?.toFixed(1)}`);
  } finally {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}
