/** What every command prints with `--json`, against docs/json-output.md. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pathOf } from '../client/cli/options.ts';
import { createProgram } from '../client/cli/program.ts';
import { addDays } from '../model/calendar.ts';
import { runCommand, startCommand, type Ended } from './support/command-line.ts';
import { findDay, SMALL } from './support/day.ts';
import { blocksOf, documentText } from './support/documents.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { APP, decide } from './support/login.ts';
import { startProduct, type Product } from './support/product.ts';
import { differences, type Shape } from './support/shapes.ts';
import { writeTenantStore } from './support/tenant-store.ts';

const cli = await temporalCli();

/** By what the heading of a section names, such as `backfill start` or `day --detach`: the shapes below it. */
const documented = new Map(
  documentText('docs/json-output.md')
    .split(/^## /m)
    .slice(1)
    .flatMap((section) => {
      const [heading = ''] = section.split('\n', 1);
      const shapes = blocksOf(section, 'json').map((block) => JSON.parse(block) as Shape);
      return [...heading.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, shapes] as const);
    }),
);

function withJson(command: Command): string[] {
  const own = command.options.some(({ long }) => long === '--json') ? [pathOf(command).replace('feishu-vc ', '')] : [];
  return [...own, ...command.commands.flatMap(withJson)];
}

test('every command that takes --json has a shape in the document, and no other has', () => {
  const named = [...documented.keys()].map((name) => name.replace(/ --.*$/, ''));
  const others = ['attendance'];
  expect([...new Set(named)].filter((name) => !others.includes(name)).toSorted()).toEqual(
    withJson(createProgram()).toSorted(),
  );
});

describe('a shape', () => {
  const shape: Shape = { day: 'string', left: 'number | null', 'note?': 'string', rows: { '<table>': 'number' } };

  test.each([
    [{ day: 'x', left: null, rows: {} }, []],
    [{ day: 'x', left: 1, note: 'y', rows: { meetings: 1 } }, []],
    [{ left: 1, rows: {} }, ['$.day is absent']],
    [{ day: 'x', left: 1, rows: {}, more: 1 }, ['$.more is not documented']],
    [
      { day: 1, left: 1, rows: { meetings: 'x' } },
      ['$.day is number, not string', '$.rows.meetings is string, not number'],
    ],
    [{ day: 'x', left: 1, rows: [] }, ['$.rows is no object']],
  ])('is compared with %j', (value, found) => {
    expect(differences(value, shape)).toEqual(found);
  });
});

describe.skipIf(!cli)('what comes is what is documented', () => {
  let product: Product;
  let folder: string;
  let env: Record<string, string>;
  let day: string;
  /** Days that nobody has exported. */
  let range: { from: string; to: string };

  beforeAll(async () => {
    product = await startProduct({
      cli: cli!,
      sandbox: { ...SMALL, meetingsPerDay: 2, participantsPerMeeting: 2, minutesPerMeeting: 8, deviceIntervalMs: 100 },
    });
    folder = await mkdtemp(join(tmpdir(), 'json-'));
    day = findDay(product.sandbox.tenant, '2025-03-01', (meetings) => meetings.length > 1);
    range = { from: addDays(day, 10), to: addDays(day, 39) };
    env = {
      TEMPORAL_ADDRESS: product.temporal.address,
      DATA_URL: `file:${product.dataDir}`,
      FEISHU_BASE_URL: product.sandbox.url,
      FEISHU_APP_ID: APP.appId,
      FEISHU_APP_SECRET: APP.appSecret,
      FEISHU_GRANTS_URL: `file:${join(folder, 'grants')}`,
    };
  });
  afterAll(async () => {
    await product?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(...words: string[]): Promise<Ended> {
    return await runCommand(words, { env, cwd: folder });
  }

  /** Runs each, and says where what it prints is not what stands under its name. */
  async function mismatches(...commands: [name: string, ...words: string[]][]): Promise<string[]> {
    const found = [];
    for (const [name, ...words] of commands) {
      const [command = ''] = name.split(' --');
      found.push(...mismatch(name, await run(...command.split(' '), ...words, '--json')));
    }
    return found;
  }

  const meetingNo = (): string => {
    const { from, to } = product.sandbox.tenant.dayRange(day);
    return product.sandbox.tenant.meetings(from, to)[0]!.meeting_no;
  };

  test('by exports of one kind, one day and one meeting', async () => {
    const { from, to } = product.sandbox.tenant.dayRange(day);
    const times = ['--start_time', String(from), '--end_time', String(to - 1)];
    expect(
      await mismatches(
        ['export', 'meeting_list', ...times],
        ['export --detach', 'meeting_list', ...times, '--detach'],
        ['day', day],
        ['day --detach', day, '--detach'],
        ['quality', meetingNo(), '--day', day],
        ['quality --detach', meetingNo(), '--day', day, '--detach'],
      ),
    ).toEqual([]);
  });

  test('by backfills that end', async () => {
    expect(
      await mismatches(
        ['backfill plan', day],
        ['backfill start', '--from', day, '--to', day],
        ['backfill start', '--from', day, '--to', day, '--dry-run'],
        ['backfill status', `${day}..${day}`],
        ['backfill watch', `${day}..${day}`],
        ['backfill retry-failed', `${day}..${day}`, '--preview'],
        ['backfill retry-failed', `${day}..${day}`],
        ['backfill list'],
        ['backfill list --store', '--store'],
      ),
    ).toEqual([]);
  });

  test('by words to a backfill that runs', async () => {
    const words = `${range.from}..${range.to}`;
    const days = ['--from', range.from, '--to', range.to, '--order', 'oldest-first', '--concurrency', '1'];
    expect(
      await mismatches(
        ['backfill start --detach', ...days, '--detach'],
        ['backfill pause', words],
        ['backfill status', words],
        ['backfill concurrency', '2', words],
        ['backfill skip', range.to, words],
        ['backfill resume', words],
        ['backfill cancel', words],
        ['backfill status', words],
        ['backfill cancel', words, '--detach'],
      ),
    ).toEqual([]);
  });

  test('by schedules and search attributes', async () => {
    expect(
      await mismatches(
        ['schedule create', 'nightly', 'daily'],
        ['schedule list'],
        ['schedule pause', 'nightly'],
        ['schedule resume', 'nightly'],
        ['schedule delete', 'nightly'],
        ['setup'],
      ),
    ).toEqual([]);
  });

  test('by what reads and checks the store', async () => {
    expect(
      await mismatches(['verify', day, day], ['rebuild', day, day], ['report', '--from', day, '--to', day]),
    ).toEqual([]);
    // What one day of a few minutes has none of.
    const planted = join(folder, 'planted');
    await writeTenantStore({
      dir: planted,
      from: '2026-10-05',
      to: '2026-10-18',
      tenant: { scenario: 'planted', meetingsPerDay: 8 },
    });
    const report = await runCommand(['report', '--from', '2026-10-05', '--to', '2026-10-18', '--json'], {
      env: { DATA_URL: `file:${planted}` },
    });
    expect(mismatch('report', report)).toEqual([]);
    const { findings, rooms, worst } = JSON.parse(report.stdout) as Record<string, unknown[]>;
    for (const list of [findings, rooms, worst]) expect(list).not.toEqual([]);
    const attendance = await run('attendance', meetingNo(), '--day', day, '--format', 'json');
    expect(mismatch('attendance --format json', attendance)).toEqual([]);
  });

  test('by log-ins and the doctor', async () => {
    const login = startCommand(['login', '--json'], { env, cwd: folder });
    await decide(await login.find(/(http\S+user_code=\S+)/));
    expect(mismatch('login', await login.ended)).toEqual([]);
    expect(await mismatches(['grants'], ['doctor'])).toEqual([]);
  });
});

/** One value, or (from `rebuild` and `verify`) one on each line. */
function parsed(stdout: string, stderr: string): unknown[] {
  try {
    return [JSON.parse(stdout)];
  } catch (error) {
    if (stdout.trim() === '') throw new Error(`nothing was printed:\n${stderr}`, { cause: error });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  }
}

/** Where what was printed is not of the documented shape that is nearest to it. */
function mismatch(name: string, { stdout, stderr }: Ended): string[] {
  const shapes = documented.get(name) ?? [];
  return parsed(stdout, stderr).flatMap((value) => {
    const found = shapes.map((shape) => differences(value, shape, name));
    return found.toSorted((a, b) => a.length - b.length)[0] ?? [`${name} is not documented`];
  });
}
