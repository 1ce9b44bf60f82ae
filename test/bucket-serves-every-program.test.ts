/** What reads the store without a server says the same of a bucket as of a folder with the same files. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../store/open-store.ts';
import { DIST } from './support/product.ts';
import { s3Program, startS3Server, type S3Server } from './support/s3-server.ts';
import { copyStore } from './support/store-kinds.ts';
import { writeTenantStore } from './support/tenant-store.ts';

const [FROM, TO] = ['2026-10-14', '2026-10-16'];
const program = s3Program();

describe.skipIf(program === undefined)('on a bucket', () => {
  let folder: string;
  let server: S3Server;
  let places: { folder: string; bucket: string };
  let meetingNo: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bucket-programs-'));
    server = await startS3Server(program!);
    Object.assign(process.env, server.env);
    const tenant = await writeTenantStore({
      dir: join(folder, 'data'),
      from: FROM,
      to: TO,
      tenant: { meetingsPerDay: 4 },
    });
    const { from, to } = tenant.dayRange(FROM);
    meetingNo = tenant.meetings(from, to).find((each) => !each.is_external && !each.is_webinar)!.meeting_no;
    places = { folder: `file:${join(folder, 'data')}`, bucket: `s3://${await server.makeBucket()}/a/b` };
    await copyStore(openStore(places.folder), openStore(places.bucket));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Exit code and what was said, without the address of the place. */
  async function run(kind: 'folder' | 'bucket', name: string, args: readonly string[]): Promise<string> {
    const scratch = join(folder, 'tmp');
    const env = { ...process.env, DATA_URL: places[kind], TMPDIR: scratch };
    await rm(scratch, { recursive: true, force: true });
    await mkdir(scratch);
    const said = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        [join(DIST, `worker/programs/${name}.js`), ...args],
        { env, cwd: folder },
        (error, out, err) => resolve(`${typeof error?.code === 'number' ? error.code : 0} ${out}${err}`),
      );
    });
    expect(await readdir(scratch)).toEqual([]);
    return said.replaceAll(openStore(places[kind]).where(), 'PLACE');
  }

  test.each([
    [
      'sql',
      ['SELECT "table", count(*) AS n FROM (SELECT 1 AS "table" FROM quality_minutes) GROUP BY 1', '--format', 'csv'],
    ],
    ['sql', ['SELECT day, count(*) AS n FROM participants GROUP BY day ORDER BY day', '--format', 'json']],
    ['read', ['meetings', '--from', FROM, '--to', FROM, '--format', 'csv']],
    ['report', ['--from', FROM, '--to', TO, '--json']],
    ['days', ['--json']],
    ['verify', [FROM, '--json']],
    ['rebuild', ['2026-11-01']],
  ])('%s says what it says of a folder, and leaves nothing in TMPDIR', async (name, args) => {
    const said = await run('bucket', name, args);
    expect(said).toBe(await run('folder', name, args));
    expect(said).not.toMatch(/^2 /);
  });

  test('attendance says what it says of a folder', async () => {
    const args = [meetingNo, '--day', FROM, '--format', 'csv'];
    const said = await run('bucket', 'attendance', args);
    expect(said).toMatch(/^0 /);
    expect(said).toBe(await run('folder', 'attendance', args));
  });

  test('a query reaches no file of this machine but the copies, and writes to none of them', async () => {
    for (const sql of [
      "SELECT * FROM read_text('/etc/hostname')",
      `SELECT * FROM read_json('${join(folder, 'data/store.json')}')`,
      "SELECT * FROM read_parquet('s3://bucket-1/a/b/tables/**/*.parquet')",
    ]) {
      expect([sql, (await run('bucket', 'sql', [sql])).slice(0, 1)]).not.toEqual([sql, '0']);
    }
  });

  test('a report of a bucket that is away names what is wrong, in one sentence', async () => {
    process.env['AWS_SECRET_ACCESS_KEY'] = 'wrong';
    const said = await run('bucket', 'report', ['--from', FROM, '--to', TO]);
    Object.assign(process.env, server.env);
    expect(said).toMatch(/^1 .*the credentials are not taken/);
    expect(said).not.toMatch(/\n +at /);
  });

  test('a file that is written by a query stands where it was wanted', async () => {
    const out = join(folder, 'rows.json');
    expect(await run('bucket', 'read', ['units', '-o', out])).toMatch(/^0 /);
    expect(JSON.parse(await readFile(out, 'utf8'))).not.toHaveLength(0);
  });
});
