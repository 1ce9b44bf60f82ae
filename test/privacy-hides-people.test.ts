/** What a privacy policy leaves of people in tables and manifests, and that everything that reads them goes on as before. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rebuildDay } from '../dataset/rebuild-day.ts';
import { verifyDay } from '../dataset/verify.ts';
import { FileStore } from '../store/file-store.ts';
import { TABLES, type Row, type TableName } from '../tables/columns.ts';
import { meetingKey, sessionKey } from '../tables/keys.ts';
import { actionsOf, customPolicy, Disguise, KEEP, STRICT, type Policy } from '../tables/privacy.ts';
import { readSettings, SettingsError } from '../worker/config.ts';
import { privacy as privacyCheck } from '../worker/doctor/checks/privacy.ts';
import { diagnose } from '../worker/doctor/diagnose.ts';
import { ownStoreEach } from './support/own-store.ts';
import { Needles } from './support/needles.ts';
import type { SmallTenant } from './support/small-tenant.ts';
import { ASK, DAY, FROM, HOUR, StagedDay, TO, type Call, type Outcome, type RunOptions } from './support/staged-day.ts';

let store: FileStore;
ownStoreEach((made) => (store = made));

const SETTLED = TO + 31 * HOUR;
const LATER = TO + 60 * HOUR;
const START = FROM + 9 * HOUR;
const NUMBER = '100000001';
/** Their ids of the kind `user_id` are their names, five digits of one of them. */
const PEOPLE = ['48213', 'annabel'];
const tenant = (): SmallTenant => ({
  meetings: [
    {
      no: NUMBER,
      start: START,
      end: START + HOUR,
      people: [
        ...PEOPLE.map((name) => ({ name, kind: 'user' as const, join: START, leave: START + 1800, shown: START })),
        { name: 'blueroom', kind: 'room', join: START, leave: START + 1800, shown: START },
        { name: 'Guest Gustav', kind: 'guest', join: START, leave: START + 1800, shown: START },
      ],
    },
  ],
  bookings: [{ room: 'blueroom', by: 'annabel', start: START, end: START + HOUR }],
});
const ALL: typeof ASK = {
  ...ASK,
  include: [...ASK.include, 'reservations'],
  room_level_id: 'omb_1',
  user_id_type: 'user_id',
  enrich: ['meetings'],
};
const SECRETS = [...PEOPLE, 'blueroom', 'Gustav', NUMBER, 'Somebody', 'topic '];

const how = (privacy: Policy) => ({ profile: 'default', day: DAY, product: 'test', settle_hours: 6, privacy });

async function problems(privacy: Policy): Promise<string[]> {
  const scratch = new FileStore(folder);
  return (await verifyDay(store, { ...how(privacy), scratch }))!.map(({ problem }) => problem);
}

/** Cells of all tables and the manifest, as text. */
async function shownIn(day: StagedDay): Promise<string[]> {
  const rows: Row[] = [];
  for (const table of [...Object.keys(TABLES), 'days'] as (TableName | 'days')[]) rows.push(...(await day.rows(table)));
  const manifest = await store.read(`manifests/profile=default/day=${DAY}.json`);
  return [...rows.map((row) => JSON.stringify(row)), manifest.toString('utf8')];
}

const idsIn = (rows: readonly Row[]) => new Set(rows.map((row) => row['user_id']).filter((id) => id !== null));
const noMinutes = ({ resource }: Call): Outcome => (resource === 'participant_quality_list' ? 'failed' : 'ok');

/** Whoever knows the meeting tries all ids of five digits. */
function triedOut(rows: readonly Row[]): string[] {
  const meeting = meetingKey(NUMBER, START);
  const keys = new Set(rows.map((row) => row['session_key']));
  const ids = Array.from({ length: 100_000 }, (_, index) => String(index).padStart(5, '0'));
  return ids.filter((id) => keys.has(sessionKey(meeting, { user_id: id }, START)));
}

test('an id of five digits comes back from its session_key, and under a policy that hides ids it does not', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(ALL, { at: SETTLED });
  expect(triedOut(await day.rows('participants'))).toStrictEqual(['48213']);
  for (const policy of [STRICT, customPolicy({ columns: { user_id: 'hash' } })]) {
    await rebuildDay(store, how(policy));
    for (const table of ['participants', 'quality_minutes', 'units'] as const) {
      expect(triedOut(await day.rows(table))).toStrictEqual([]);
    }
  }
});

test('the strict policy leaves no name, number or id in tables and manifest, and the day holds', async () => {
  const day = new StagedDay(store, tenant());
  const kept = await day.run(ALL, { at: SETTLED });
  const needles = new Needles(SECRETS);
  expect(needles.in(Buffer.from((await shownIn(day)).join('\n'))).toSorted()).toStrictEqual(SECRETS.toSorted());
  const { manifest } = await day.run(ALL, { at: LATER, privacy: STRICT });
  expect(needles.in(Buffer.from((await shownIn(day)).join('\n')))).toStrictEqual([]);
  expect(await problems(STRICT)).toStrictEqual([]);
  expect(manifest.complete).toBe(kept.manifest.complete);
  for (const [table, { rows, privacy }] of Object.entries(manifest.tables)) {
    expect(rows).toBe(kept.manifest.tables[table as TableName]!.rows);
    expect(privacy).toStrictEqual({ name: 'strict', fingerprint: STRICT.fingerprint });
  }
});

test('one person has one name in every table, and sessions find their minutes', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(ALL, { at: SETTLED, privacy: STRICT });
  const [people, units, minutes] = [
    await day.rows('participants'),
    await day.rows('units'),
    await day.rows('quality_minutes'),
  ];
  const sessions = new Set(people.map((row) => row['session_key']));
  expect(sessions.size).toBe(4);
  expect(new Set(units.map((row) => row['session_key']))).toStrictEqual(sessions);
  expect(minutes.every((row) => sessions.has(row['session_key']))).toBe(true);
  expect(minutes.length).toBeGreaterThan(0);
  expect(idsIn(units)).toStrictEqual(idsIn(people));
  expect(idsIn(people).size).toBe(2);
  const [booking] = await day.rows('reservations');
  expect(people.map((row) => row['participant_name'])).toContain(booking!['reserver']);
});

test('what Feishu said of a failure is no part of a row or a gap, and its code is', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(ALL, { at: SETTLED, outcome: noMinutes });
  const failed = (await day.rows('units')).filter((row) => row['status'] === 'failed');
  const words = failed.map((row) => row['reason']);
  expect(words.length).toBeGreaterThan(0);
  await rebuildDay(store, how(STRICT));
  const hidden = (await day.rows('units')).map((row) => row['reason']);
  for (const word of words) {
    expect(hidden).not.toContain(word);
    expect((await shownIn(day)).join('\n')).not.toContain(word);
  }
  expect(await problems(STRICT)).toStrictEqual([]);
});

test('a day of another policy is told, no restatement of Feishu, and written by the one in force on a rebuild', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(ALL, { at: SETTLED });
  const told = await problems(STRICT);
  expect(told).toHaveLength(5);
  expect(told[0]).toBe('it was written under the privacy policy keep, and strict is in force: rebuild the day');
  await rebuildDay(store, how(STRICT));
  expect(await problems(STRICT)).toStrictEqual([]);
  const { manifest } = await day.run(ALL, { at: LATER });
  expect(manifest.restatements).toStrictEqual([]);
  expect(manifest.complete).toBe(true);
});

test('where a policy hides who is external, meetings that are not asked for any more are no restatement', async () => {
  const privacy = customPolicy({ columns: { is_external: 'drop' } });
  const { meetings } = tenant();
  const external = { ...meetings[0]!, no: '100000002', external: true as const };
  const day = new StagedDay(store, { meetings: [...meetings, external], bookings: [] });
  const ask: typeof ASK = { ...ASK, include: ['meetings'], include_external_meetings: true };
  await day.run(ask, { at: SETTLED, privacy });
  expect(await day.rows('meetings')).toHaveLength(2);
  const { manifest } = await day.run({ ...ask, include_external_meetings: false }, { at: LATER, privacy });
  expect(await day.rows('meetings')).toHaveLength(1);
  expect(manifest.restatements).toStrictEqual([]);
});

const named: NonNullable<RunOptions['alter']> = ({ unit }, rows) =>
  unit === 'export' ? rows.map((row) => ({ ...row, 'Gustav Gans': 'x' })) : rows;

test('a header that nobody knows may be a name: a policy that hides people leaves how many there are', async () => {
  const day = new StagedDay(store, tenant());
  const kept = await day.run({ ...ASK, include: ['meetings'] }, { at: SETTLED, alter: named });
  expect(kept.manifest.tables.meetings!.extra_columns).toStrictEqual(['Gustav Gans']);
  const { manifest } = (await rebuildDay(store, how(STRICT)))!;
  expect(manifest.tables.meetings!.extra_columns).toStrictEqual(['***']);
  expect((await shownIn(day)).join('\n')).not.toContain('Gustav');
  expect(await problems(STRICT)).toStrictEqual([]);
});

test('tables of one day that differ in their policy cannot be joined, and the day says so until it is rebuilt', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(ALL, { at: SETTLED });
  const { manifest } = await day.run({ ...ALL, include: ['meetings'] }, { at: LATER, privacy: STRICT });
  expect(manifest.complete).toBe(false);
  expect(manifest.gaps.map(({ kind }) => kind)).toContain('tables-differ');
  expect((await rebuildDay(store, how(STRICT)))!.manifest).toMatchObject({ complete: true, gaps: [] });
});

test('a column that is dropped, hashed or masked is of its type, and takes what it is told to take', () => {
  const values = {
    text: 'a@b.cn',
    integer: 3,
    double: 0.5,
    boolean: true,
    timestamp: '2026-10-01T00:00:00Z',
    json: '{"mobile":"1"}',
  };
  const shown = Object.values(TABLES).flatMap(({ name: table, columns }) =>
    columns.flatMap(({ name, type }) =>
      actionsOf(name).map((action) => {
        const disguise = new Disguise(customPolicy({ columns: { [name]: action } }), Buffer.alloc(32, 1));
        const value = disguise.row(table, { [name]: values[type] })[name] ?? null;
        return { name, action, type: typeof values[type], value, isKept: value === values[type] };
      }),
    ),
  );
  const of = (action: string) => shown.filter((each) => each.action === action);
  expect(of('keep').filter(({ isKept }) => !isKept)).toStrictEqual([]);
  expect(of('drop').filter(({ value }) => value !== null)).toStrictEqual([]);
  const hidden = [...of('hash'), ...of('mask')].filter(({ value }) => value !== null);
  expect(hidden.length).toBeGreaterThan(20);
  expect(hidden.filter(({ type, value, isKept }) => isKept || typeof value !== type)).toStrictEqual([]);
});

test.each([
  ['email', 'ann@example.com', '***@example.com'],
  ['mobile', '+86 13800138000', '***00'],
  ['participant_name', '张伟', '张**'],
  ['public_ip', '203.0.113.77', '203.0.113.0/24'],
  ['public_ip', '2001:db8:1:2::7', '2001:db8:1::/48'],
  ['public_ip', '2001:db8::7', '2001:db8:0::/48'],
  ['public_ip', '203.0.113.77:80', null],
])('%s %s is masked as %s', (column, value, masked) => {
  const disguise = new Disguise(customPolicy({ columns: { [column]: 'mask' } }), Buffer.alloc(32));
  expect(disguise.shown(column, value)).toBe(masked);
});

test('texts that do not parse are hidden with their column', () => {
  const disguise = new Disguise(customPolicy({ columns: { mobile: 'drop' } }), Buffer.alloc(32));
  const unparsed = JSON.stringify({ mobile: 'call Ann', meeting_duration_s: 'long' });
  const shown = disguise.row('meetings', { unparsed })['unparsed'];
  expect(JSON.parse(String(shown))).toStrictEqual({ mobile: '***', meeting_duration_s: 'long' });
});

test('what two sources say of a hidden column is hidden too', () => {
  const conflicts = JSON.stringify({
    network_delay_ms: { list: 7, export: 9 },
    audio_latency_ms_sent: { list: 1, export: 2 },
  });
  const shown = (...columns: string[]) => {
    const policy = customPolicy({ columns: Object.fromEntries(columns.map((name) => [name, 'drop'])) });
    return new Disguise(policy, Buffer.alloc(32)).row('quality_minutes', { conflicts })['conflicts'];
  };
  expect(shown('network_delay_ms')).toBe('{"audio_latency_ms_sent":{"list":1,"export":2}}');
  expect(shown('network_delay_ms', 'audio_latency_ms_sent')).toBeNull();
  expect(shown('audio_jitter_ms_sent')).toBe(conflicts);
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feishu-vc-privacy-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function settingOf(content: unknown): Promise<Policy | string[]> {
  const path = join(folder, 'policy.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return settings(path);
}

function settings(FEISHU_PRIVACY: string): Policy | string[] {
  try {
    return readSettings({ FEISHU_APP_ID: 'cli_1', FEISHU_APP_SECRET: 's', FEISHU_PRIVACY }).privacy;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems;
  }
}

test('the setting takes a name or a file, and says of a wrong one which column takes what', async () => {
  expect(settings('')).toBe(KEEP);
  expect(settings('strict')).toBe(STRICT);
  expect(await settingOf({ base: 'strict' })).toMatchObject({ name: 'file', fingerprint: STRICT.fingerprint });
  expect(await settingOf({ columns: { audio: 'hash', ann: 'drop', session_key: 'drop' } })).toStrictEqual([
    'FEISHU_PRIVACY: the file: columns.audio: takes keep, drop',
    'FEISHU_PRIVACY: the file: columns.ann: no table has this column',
    'FEISHU_PRIVACY: the file: columns.session_key: takes keep',
  ]);
  expect(await settingOf('{')).toStrictEqual(['FEISHU_PRIVACY: the file is not valid JSON']);
  expect(settings('/nowhere')).toStrictEqual([
    'FEISHU_PRIVACY: the file cannot be read (ENOENT); it takes keep, strict or the path of a JSON file',
  ]);
});

test('the doctor says which policy is in force, and which days were written under another', async () => {
  const day = new StagedDay(store, tenant());
  await day.run(ALL, { at: SETTLED });
  const look = async (FEISHU_PRIVACY: string) => {
    const identity = { FEISHU_APP_ID: 'cli_1', FEISHU_APP_SECRET: 's' };
    const env = { ...identity, DATA_URL: `file:${join(store.path('store.json'), '..')}`, FEISHU_PRIVACY };
    return (await diagnose({ env, profile: 'default', isOffline: true, checks: [privacyCheck] })).checks[0];
  };
  expect(await look('keep')).toMatchObject({ state: 'ok', seen: 'the policy keep is in force' });
  expect(await look('strict')).toMatchObject({
    state: 'warn',
    seen: `the policy strict is in force; written under another: ${DAY}`,
    next: `feishu-vc rebuild ${DAY} ${DAY} --profile default`,
  });
});

test.each([
  ['email', 'zhang.san', '***'],
  ['email', 'zhang.san@x.cn', '***@x.cn'],
  ['mobile', '12', '***'],
  ['mobile', '13800138000', '***00'],
  ['participant_name', '张', '**'],
  ['participant_name', '张三', '张**'],
])('of %s %s a mask shows %s', (column, text, shown) => {
  const disguise = new Disguise(customPolicy({ columns: { [column]: 'mask' } }), Buffer.alloc(32, 1));
  const table = column === 'mobile' ? 'meetings' : 'participants';
  expect(disguise.row(table, { [column]: text })[column]).toBe(shown);
});
