import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectFeishuVc, type FeishuVcClient } from '../client/connect.ts';
import { runCommand, startCommand } from './support/command-line.ts';
import { startTestServer, temporalCli, type TestServer } from './support/embedded-temporal.ts';
import { startStubWorker } from './support/stub-worker.ts';

const cli = await temporalCli();

describe.skipIf(!cli)('the command line', () => {
  let server: TestServer;
  let client: FeishuVcClient;
  let worker: { stop(): Promise<void> };
  let env: Record<string, string>;
  beforeAll(async () => {
    if (!cli) return;
    server = await startTestServer(cli);
    env = { TEMPORAL_ADDRESS: server.address, FEISHU_TASK_QUEUE: 'stub' };
    client = await connectFeishuVc({ env });
    worker = await startStubWorker(server.address, 'stub');
  });
  afterAll(async () => {
    await worker?.stop();
    await client?.close();
    await server?.close();
  });

  test('waits for an export and prints its result as JSON, and nothing else, on stdout', async () => {
    const args = 'export meeting_list --start-time 1790784000 --end_time 1790870399 --meeting_type 2 --json'.split(' ');
    const { code, stdout, stderr } = await runCommand(args, { env });
    expect(JSON.parse(stdout)).toMatchObject({ resource: 'meeting_list', rows: 3, calls: 4 });
    expect(stderr).toContain('Started stub/export/default/');
    expect(code).toBe(0);
  });

  test('prints a result for people', async () => {
    const args = 'export meeting_list --start-time 1790784000 --end_time 1790870399'.split(' ');
    const { stdout } = await runCommand(args, { env });
    expect(stdout).toContain('3 rows of meeting_list, task 7111325589855797267, 4 calls');
    expect(stdout).toContain('file:///table');
  });

  test('ends with 1 and the words of a run that failed, and with 2 where its input was wrong', async () => {
    const { code, stderr } = await runCommand(['day', '2026-10-01'], { env });
    expect(code).toBe(1);
    expect(stderr).toContain('Error: stub/day/default/2026-10-01 ended with PermissionDenied.');
    expect(stderr).toContain('Why:  the app lacks a right');
    expect(stderr).toMatch(/Next: Give the app or the user the right/);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('on %s leaves the run going and says how to watch it again', async (signal, exitCode) => {
    const month = signal === 'SIGINT' ? '2026-01' : '2026-02';
    const id = `stub/backfill/default/${month}`;
    const watching = startCommand(['backfill', 'start', '--month', month], { env });
    await watching.says('running: 4/31 days, 40/100 units, 9 calls (3 a minute); round 1');
    watching.child.kill(signal);
    const { code, stdout } = await watching.ended;
    expect(code).toBe(exitCode);
    expect(stdout).toContain(`goes on without you`);
    expect(stdout).toContain(`feishu-vc backfill watch ${id}`);
    const run = await client.attach('backfill', id);
    expect((await run.progress()).state).toBe('running');
    await run.resume();
  });

  test('watches what runs, reports its state, and sends it messages', async () => {
    const started = await runCommand(['backfill', 'start', '--month', '2026-03', '--detach', '--json'], { env });
    const id = 'stub/backfill/default/2026-03';
    expect(JSON.parse(started.stdout)).toMatchObject({ workflow_id: id, attached: false });
    expect(started.code).toBe(0);

    const [status, again] = await Promise.all([
      runCommand(['backfill', 'status', '2026-03', '--json'], { env }),
      runCommand(['backfill', 'start', '--month', '2026-03', '--detach'], { env }),
    ]);
    expect(JSON.parse(status.stdout)).toMatchObject({ status: 'RUNNING', progress: { doing: 'round 1' } });
    expect(again.stdout).toContain(`Attached to ${id}`);

    const other = await runCommand(['backfill', 'start', '--month', '2026-03', '--concurrency', '7'], { env });
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('AlreadyRunningDifferently');
    expect(other.stderr).toContain('differs in: concurrency');

    const watching = startCommand(['backfill', 'watch', '2026-03'], { env });
    await watching.says('round 1');
    const resumed = await runCommand(['backfill', 'resume', '2026-03'], { env });
    expect(resumed.stdout).toContain('Resumed.');
    const { code, stdout } = await watching.ended;
    expect(stdout).toContain('Every day is complete.');
    expect(stdout).toContain('rows   meetings 12');
    expect(code).toBe(0);

    const closed = await runCommand(['backfill', 'status', id, '--json'], { env });
    expect(JSON.parse(closed.stdout)).toMatchObject({ status: 'COMPLETED', result: { complete: true } });
  });

  test('says that no worker polls the queue, and goes on by itself once one does', async () => {
    const lonely = { ...env, FEISHU_TASK_QUEUE: 'lonely' };
    const args = 'export meeting_list --start-time 1790784000 --end_time 1790870000 --json'.split(' ');
    const watching = startCommand(args, { env: lonely });
    await watching.says('No worker polls the queue "lonely"');
    const late = await startStubWorker(server.address, 'lonely');
    const { code } = await watching.ended;
    await late.stop();
    expect(code).toBe(0);
  });

  test('has nothing to pause where nothing runs', async () => {
    const { code, stderr } = await runCommand(['backfill', 'pause'], { env: { ...env, FEISHU_TASK_QUEUE: 'empty' } });
    expect(code).toBe(1);
    expect(stderr).toContain('There is no backfill.');
  });
});
