import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { reportFailure } from '../client/cli/failures.ts';
import { SpellingCommand, fieldsOf, flagOption } from '../client/cli/options.ts';
import { createProgram } from '../client/cli/program.ts';
import { resolveTarget } from '../client/cli/target.ts';
import type { FeishuVcClient } from '../client/index.ts';
import { freePort } from '../client/embedded/ports.ts';
import { runCommand, startCommand } from './support/command-line.ts';

const COMMANDS = ['demo', 'worker', 'server', 'export', 'quality', 'day', 'backfill', 'rebuild'];
const BACKFILL = ['start', 'list', 'status', 'watch', 'pause', 'resume', 'cancel'].map((name) => `backfill ${name}`);

/** Runs a command in this process; none of those below gets as far as a server. */
async function inProcess(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const capture = (command: Command) => {
    command.configureOutput({
      writeOut: (text) => (written.stdout += text),
      writeErr: (text) => (written.stderr += text),
    });
    command.commands.forEach(capture);
  };
  const program = createProgram();
  capture(program);
  let code = 0;
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    code = reportFailure(error, { write: (text) => (written.stderr += text) });
  }
  return { code, ...written };
}

function fieldsFrom(...args: string[]): Record<string, unknown> {
  const command = new SpellingCommand().option('--start_time <t>').option('--room-level-id <id>');
  command.addOption(flagOption('--need_topic', '')).exitOverride().parse(args, { from: 'user' });
  return fieldsOf(command.opts(), ['start_time', 'room_level_id', 'need_topic']);
}

const WAREHOUSE = ['load', 'status', 'prepare'].map((name) => `warehouse ${name}`);

describe('help', () => {
  test.each([...COMMANDS, ...BACKFILL, ...WAREHOUSE])('of %s has an example and exits 0', async (command) => {
    const { code, stdout } = await inProcess(...command.split(' '), '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\\n +.*feishu-vc ${command}`));
  });
});

describe('wrong usage exits 2 and says so on stderr', () => {
  test.each([
    ['a group without a command', 'backfill'],
    ['an unknown command', 'exprot'],
    ['an unknown option', 'day 2026-10-01 --colour red'],
    ['an unknown resource', 'export meetings'],
    ['a missing argument', 'quality'],
    ['a missing option', 'quality 123456789'],
    ['a word where a number belongs', 'backfill start --month previous --concurrency many'],
    ['a flag that is neither true nor false', 'day 2026-10-01 --include-webinar=perhaps'],
    ['a value that the workflow would refuse', 'day 2026-13-01'],
    ['a field that the export job does not take', 'export meeting_list --start_time 1 --end_time 2 --room_ids omm_1'],
    ['no range of days', 'backfill start'],
    ['two ranges of days', 'backfill start --month previous --days-back 3..1'],
  ])('%s', async (_what, args) => {
    const { code, stdout, stderr } = await inProcess(...args.split(' ').filter(Boolean));
    expect(stderr).not.toBe('');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('every wrong field is named, with what it takes, before any server is asked', async () => {
    const { stderr } = await runCommand([
      'export',
      'participant_list',
      '--meeting-no',
      '12',
      '--user_id_type',
      'email',
    ]);
    expect(stderr).toContain('request.meeting_no: takes a 9-digit meeting number');
    expect(stderr).toContain('request.meeting_start_time: is missing; it takes unix seconds');
    expect(stderr).toContain('request.user_id_type: takes "open_id", "union_id" or "user_id"');
  });
});

describe('what was meant is said', () => {
  test.each([
    ['exprot', 'export'],
    ['backfil start', 'backfill'],
    ['backfill strat', 'start'],
    ['status', 'feishu-vc backfill status or feishu-vc warehouse status'],
    ['pause', 'feishu-vc backfill pause or feishu-vc schedule pause'],
    ['backfill report', 'feishu-vc report'],
    ['2026-10', 'feishu-vc backfill start --month 2026-10'],
    ['backfill previous', 'feishu-vc backfill start --month previous'],
    ['report 2026-10 --langg zh', '--lang'],
    ['report 2026-10 --langage zh', '--lang'],
    ['warehouse laod', 'load'],
    ['stauts', 'feishu-vc backfill status or feishu-vc warehouse status'],
    ['backfill laod', 'feishu-vc warehouse load'],
    ['backfill --month previous', 'feishu-vc backfill start --month or feishu-vc backfill plan --month'],
  ])('where somebody types %s', async (args, meant) => {
    const { code, stderr } = await inProcess(...args.split(' '));
    expect(stderr).toContain(`(Did you mean ${meant}?)`);
    expect(code).toBe(2);
  });

  test('and nothing is guessed where nothing is near', async () => {
    expect((await inProcess('frobnicate')).stderr).not.toContain('Did you mean');
  });
});

test('without a server the command fails with what, why and what to do next', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const { code, stdout, stderr } = await runCommand(['day', '2026-10-01'], { env: { TEMPORAL_ADDRESS: address } });
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(`Error: No Temporal server answers at ${address}`);
  expect(stderr).toMatch(/^ {2}Why: /m);
  expect(stderr).toMatch(/^ {2}Next: .*feishu-vc server.*feishu-vc worker/m);
});

const named = async (target: string): Promise<string> =>
  await resolveTarget({ taskQueue: 'feishu-vc' } as FeishuVcClient, target, { orNewest: false });

describe('the backfill that a command means', () => {
  test.each([
    ['2026-10', 'feishu-vc/backfill/default/2026-10'],
    ['previous', 'feishu-vc/backfill/default/previous'],
    ['2026-10-01', 'feishu-vc/backfill/default/2026-10-01..2026-10-01'],
    ['2026-10-01..2026-10-07', 'feishu-vc/backfill/default/2026-10-01..2026-10-07'],
    ['3..1', 'feishu-vc/backfill/default/days-back-3-1'],
  ])('goes by its range %s', async (range, id) => {
    expect(await named(range)).toBe(id);
  });

  test.each(['october', 'backfill-7f3a', '2026-10-late', 'a..b', '20261001', 'feishu-vc/backfill/default/2026-10'])(
    'goes by the workflow id %s',
    async (id) => {
      expect(await named(id)).toBe(id);
    },
  );

  test.each(['2026-13', '2026-10-01..2026-10', '2026-10-07..2026-10-01', '2026-02-30'])(
    'is not %s, and the answer says why',
    async (range) => {
      await expect(named(range)).rejects.toThrow(/^backfill: (month|from|to): takes a (day|month)/);
    },
  );
});

describe('options', () => {
  test('are taken in both spellings, with a space or an equals sign', () => {
    const fields = { start_time: '1', room_level_id: 'omb_1' };
    expect(fieldsFrom('--start_time', '1', '--room-level-id', 'omb_1')).toEqual(fields);
    expect(fieldsFrom('--start-time=1', '--room_level_id=omb_1')).toEqual(fields);
  });

  test('keep values that look like options of another spelling', () => {
    expect(fieldsFrom('--start_time=--need-topic')).toEqual({ start_time: '--need-topic' });
  });

  test('that are flags are true alone, and take true and false', () => {
    expect(fieldsFrom('--need-topic')).toEqual({ need_topic: true });
    expect(fieldsFrom('--need_topic', 'false')).toEqual({ need_topic: false });
    expect(fieldsFrom('--need_topic=true')).toEqual({ need_topic: true });
  });
});

test('a reader of the output that goes away is no failure', async () => {
  const command = startCommand(['--help']);
  command.child.stdout?.destroy();
  expect(await command.ended).toMatchObject({ code: 0, stderr: '' });
});
