/** A worker that is stopped in the middle of a commit and wakes when another one has committed the day: what its log says. */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { readManifest } from '../dataset/manifest.ts';
import { FileStore } from '../store/file-store.ts';
import { logOvertaken } from '../worker/logging.ts';
import { ownStoreEach } from './support/own-store.ts';
import type { SmallTenant } from './support/small-tenant.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type RunOptions } from './support/staged-day.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));

const [start, end] = [FROM + HOUR, FROM + HOUR + 300];
const people = [{ name: 'somebody', kind: 'user' as const, join: start, leave: end, shown: start }];
const TENANT: SmallTenant = { meetings: [{ no: '100000000', start, end, people }], bookings: [] };
const AT = TO + 12 * HOUR;

function logging() {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const onOvertaken: RunOptions['onOvertaken'] = (of) => logOvertaken(logger, of);
  return { lines, onOvertaken };
}

/** The same folder as another process opens it, which is stopped before it moves the file so many files after the first. */
function stoppedAt(file: number, meanwhile: () => Promise<unknown>): FileStore {
  const stopped = new FileStore(store.rootPath);
  const putFile = stopped.putFile.bind(stopped);
  let files = 0;
  stopped.putFile = async (...call) => {
    if (!call[0].startsWith('tables/')) return await putFile(...call);
    // Its lock has gone stale by then, so that another one need not wait for it.
    if (files++ === file) await meanwhile();
    await putFile(...call);
  };
  stopped.withLock = async (_key, work) => await work({ assertHeld: async () => {} });
  return stopped;
}

test.each([
  ['before its first file', 0, 'nothing of this commit was written'],
  ['after one file', 1, 'the rest of this commit was not written, and `feishu-vc verify` looks at the files before it'],
])('One that wakes %s says in one line that another has committed, and what of it was written', async (_, at, rest) => {
  const { lines, onOvertaken } = logging();
  const asking = await new StagedDay(store, TENANT).stage(ASK, { at: AT });
  const other = new StagedDay(store, TENANT);
  const late = new StagedDay(
    stoppedAt(at, async () => await other.run(ASK, { at: AT + HOUR })),
    TENANT,
  );
  await expect(late.commit({ ...asking, options: { at: AT, onOvertaken } })).rejects.toThrow();
  const said = `another process has committed the day meanwhile; ${rest}`;
  expect(lines).toMatchObject([{ level: 40, profile: 'default', day: DAY, filesInPlace: at, msg: said }]);
  expect((await readManifest(store, { profile: 'default', day: DAY }))!.generation).toBe((AT + HOUR) * 1000);
});

test('One that comes to its commit after a later run has committed says so too', async () => {
  const { lines, onOvertaken } = logging();
  const late = new StagedDay(store, TENANT);
  const asking = await late.stage(ASK, { at: AT });
  await new StagedDay(store, TENANT).run(ASK, { at: AT + HOUR });
  await late.commit({ ...asking, options: { at: AT, onOvertaken } });
  const said = 'another process has committed the day meanwhile; nothing of this commit was written';
  expect(lines).toMatchObject([{ day: DAY, filesInPlace: 0, msg: said }]);
});

test('One that commits says nothing of that', async () => {
  const { lines, onOvertaken } = logging();
  await new StagedDay(store, TENANT).run(ASK, { at: AT, onOvertaken });
  expect(lines).toEqual([]);
});
