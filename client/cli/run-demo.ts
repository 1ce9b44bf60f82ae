/** What `demo` does: all parts on this machine, a month exported, the end told. */
import { relative } from 'node:path';
import { connectFeishuVc, DEFAULT_TASK_QUEUE } from '../connect.ts';
import type { DevServer } from '../embedded/dev-server.ts';
import { duration, number } from '../../report/progress.ts';
import type { BackfillResult } from '../../workflows/messages.ts';
import { demoEnvironment, prepareFolder, type DemoFolder } from './demo-folder.ts';
import {
  DemoParts,
  startSandbox,
  startServer,
  startWorker,
  topRoomLevel,
  workerEnvironment,
  writeReport,
} from './demo-parts.ts';
import { logIn } from './demo-login.ts';
import { Interrupted } from './failures.ts';
import { createOutput, type Output } from './output.ts';
import { untilSignal } from './signals.ts';
import { follow } from './watch.ts';

export interface DemoOptions {
  dir: string;
  keep?: boolean;
  user?: boolean;
  yes?: boolean;
}

export async function runDemo(options: DemoOptions): Promise<void> {
  const output = createOutput();
  const folder = await prepareFolder(options.dir);
  const parts = new DemoParts();
  const signal = untilSignal();
  try {
    const giveUp = Promise.race([signal.interrupted, parts.broken]);
    const server = await Promise.race([giveUp, exportLastMonth({ folder, parts, output, giveUp, ...whoOf(options) })]);
    if (options.keep === true) {
      output.say(`\nEverything keeps running; the UI is ${server.uiUrl}. Ctrl-C stops it.`);
      await Promise.race([signal.received, parts.broken]);
    }
  } catch (error) {
    if (error instanceof Interrupted) output.say('Stopping …');
    throw error;
  } finally {
    await parts.stop();
    await folder.release();
    signal.stop();
  }
}

/** Whose exports these are, and whether somebody is there to click. */
function whoOf({ user = false, yes = false }: DemoOptions): Pick<Demo, 'isUser' | 'isAgreed'> {
  return { isUser: user, isAgreed: yes || !process.stdout.isTTY };
}

interface Demo {
  folder: DemoFolder;
  parts: DemoParts;
  output: Output;
  isUser: boolean;
  isAgreed: boolean;
  /** Rejects when the demo is over before its end. */
  giveUp: Promise<never>;
}

async function exportLastMonth({ folder, parts, output, giveUp, isUser, isAgreed }: Demo): Promise<DevServer> {
  const { say } = output;
  const env = demoEnvironment(process.env, folder);
  say(`A demo in ${folder.path}: a sandbox Feishu, a Temporal server and a worker, all on this machine.`);
  say('It needs no account: the FEISHU_… and TEMPORAL_… settings of this shell are left out.');
  const [server, sandboxUrl] = await Promise.all([
    startServer(parts, { folder, env, say }),
    startSandbox(parts, { folder, env }),
  ]);
  say(`  Temporal  ${server.cli.version}, ${server.cli.how}; UI ${server.uiUrl}`);
  say(`  Sandbox   ${sandboxUrl}`);
  const settings = workerEnvironment({ folder, env }, { sandboxUrl, address: server.address, isUser });
  if (isUser) await logIn(parts, { folder, env: settings, isAgreed, say });
  await startWorker(parts, { folder, env: settings });
  say(`  Worker    ready; log ${folder.log('worker')}`);

  const client = await connectFeishuVc({
    address: server.address,
    namespace: 'default',
    taskQueue: DEFAULT_TASK_QUEUE,
    env,
  });
  const startedAtMs = Date.now();
  const handle = await client.start('backfill', {
    month: 'previous',
    room_level_id: await topRoomLevel(sandboxUrl),
    concurrency: 4,
  });
  say('\nExporting last month: meetings, participants, call quality by the minute, room reservations');
  const result = await follow({ client, handle, output }, giveUp);
  const tookMs = Date.now() - startedAtMs;
  const report = await Promise.race([giveUp, writeReport(parts, { folder, env })]);
  for (const line of endOf({ result, folder, server, report, tookMs })) say(line);
  return server;
}

interface End {
  result: BackfillResult;
  folder: DemoFolder;
  server: DevServer;
  /** Path of the page. */
  report: string;
  tookMs: number;
}

function endOf({ result, folder, server, report, tookMs }: End): string[] {
  const data = relative(process.cwd(), folder.dataDir) || '.';
  const names = Object.keys(result.tables);
  const width = Math.max(...names.map((name) => name.length), 0);
  const dir = relative(process.cwd(), folder.path);
  const sameFolder = dir === 'demo' ? '' : ` --dir ${dir}`;
  return [
    `\nDone in ${duration(tookMs)}, ${number(result.calls)} calls. Rows by table:`,
    ...names.map((name) => `  ${name.padEnd(width)}  ${number(result.tables[name] ?? 0).padStart(9)}`),
    ...result.gaps.map((gap) => `  gap: ${gap.reason}, ${number(gap.count)}`),
    `\nFiles: ${folder.dataDir}`,
    '  tables/<table>/profile=default/day=<day>/data.parquet, and what Feishu sent in raw/',
    '\nTry, in DuckDB (https://duckdb.org):',
    '  SELECT day, count(*) AS meetings, sum(meeting_duration_s) / 3600 AS hours',
    `  FROM read_parquet('${data}/tables/meetings/**/*.parquet', hive_partitioning = true, union_by_name = true)`,
    '  GROUP BY day ORDER BY day;',
    `\nReport: ${report}`,
    '  open it in a browser: where the calls were bad and why, which rooms stood empty',
    `\nTemporal UI: ${server.uiUrl} (while the demo runs; with --keep it stays)`,
    `\nNext: feishu-vc demo --keep${sameFolder} leaves everything running, to look around in the UI.`,
    '      README.md, "With your own account": the same with an account of your own; feishu-vc doctor checks it.',
  ];
}
