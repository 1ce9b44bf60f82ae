/** Inputs that ask for too much are refused, and told their bound; so are those of activities that somebody else schedules. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActivities, createCallActivities, type Activities, type CallActivities } from '../activities/index.ts';
import { readRecord, writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import { manifestKey, pageKey, recordKey, type UnitLocation } from '../dataset/storage-keys.ts';
import { KEEP } from '../tables/privacy.ts';
import { FileStore } from '../store/file-store.ts';
import { Attempts, stubCallDeps, stubProfile } from './support/call-deps.ts';
import { checkInput, type WorkflowType } from '../workflows/input.ts';
import { unitRecord } from './support/unit-record.ts';

const MEETING = { meeting_no: '123456789', meeting_start_time: 1_741_000_000, meeting_end_time: 1_741_003_600 };
const RANGE = { start_time: 1_741_000_000, end_time: 1_741_003_600 };
const many = (text: string, count = 100_000) => Array.from({ length: count }, () => text);
const MB = 'x'.repeat(1_000_000);
/** Served beside the default profile, and the business of nobody who asks for another one. */
const SUBSIDIARY = 'secret-subsidiary';
const MEETING_KEY = '0123456789abcdef0123456789abcdef';

const TOO_MUCH: [what: string, type: WorkflowType, input: unknown, field: string, bound: string][] = [
  ['a range', 'backfill', { from: '1000-01-01', to: '2026-11-01' }, 'to', '3660 days'],
  ['days back', 'backfill', { days_back: { from: 375_068, to: 0 } }, 'days_back.from', '0 to 3659'],
  ['a room level', 'exportDay', { day: '2025-03-01', room_level_id: `omb_${MB}` }, 'room_level_id', '256 characters'],
  ['a list of tables', 'exportDay', { day: '2025-03-01', include: many('meetings') }, 'include', 'at most 1000'],
  ['enrichments', 'exportDay', { day: '2025-03-01', enrich: many('meetings') }, 'enrich', 'at most 1000'],
  ['a key of a list', 'meetingQuality', { meeting: MEETING, participants: MB }, 'participants', '256 characters'],
  [
    'a user id',
    'participantQuality',
    { meeting: MEETING, participant: { user_id: MB, join_time: 1_741_000_100 } },
    'participant.user_id',
    '256 characters',
  ],
  [
    'a list of rooms',
    'exportResource',
    { resource: 'resource_reservation_list', request: { room_level_id: 'omb_1', ...RANGE, room_ids: many('omm_1') } },
    'request.room_ids',
    'at most 1000',
  ],
  [
    'a room',
    'exportResource',
    { resource: 'resource_reservation_list', request: { room_level_id: 'omb_1', ...RANGE, room_ids: [MB] } },
    'request.room_ids.0',
    '256 characters',
  ],
  [
    'a window',
    'exportResource',
    { resource: 'meeting_list', request: { start_time: 1, end_time: 3660 * 86_400 + 2 } },
    'request.end_time',
    '3660 days',
  ],
];

describe('a workflow', () => {
  test.each(TOO_MUCH)('is told the bound of %s', (_what, type, input, field, bound) => {
    const checked = checkInput(type, input);
    expect(checked).toMatchObject({ ok: false, problems: [{ field, message: expect.stringContaining(bound) }] });
  });

  test('is refused shortly, however much is wrong', () => {
    const fields = Object.fromEntries(many('x').map((text, index) => [`${text}${index}`, 1]));
    const unknown = checkInput('exportDay', { day: '2025-03-01', ...fields, [MB]: 1 });
    expect(unknown).toMatchObject({ ok: false });
    expect(JSON.stringify(unknown).length).toBeLessThan(10_000);
    expect(JSON.stringify(unknown)).toContain('has 99981 more problems');
    const rooms = { room_level_id: 'omb_1', ...RANGE, room_ids: many('', 1000) };
    const empty = checkInput('exportResource', { resource: 'resource_reservation_list', request: rooms });
    expect(JSON.stringify(empty).length).toBeLessThan(10_000);
  });

  test('takes as much as the bounds allow', () => {
    const rooms = { room_level_id: `omb_${'x'.repeat(252)}`, ...RANGE, room_ids: many('omm_1', 1000) };
    expect(checkInput('exportResource', { resource: 'resource_reservation_list', request: rooms }).ok).toBe(true);
    const window = { start_time: 1, end_time: 3660 * 86_400 + 1 };
    expect(checkInput('exportResource', { resource: 'meeting_list', request: window }).ok).toBe(true);
  });
});

describe('an activity that a foreign workflow schedules', () => {
  const OTHERS: UnitLocation = {
    kind: 'day',
    profile: 'other',
    day: '2025-03-01',
    generation: 1,
    resource: 'participant_list',
    unit: MEETING_KEY,
  };
  const OWN: UnitLocation = { ...OTHERS, profile: 'default' };
  const DAY = { kind: 'day', profile: 'default', day: '2025-03-01', generation: 1 };
  const WINDOW = {
    from: 1_741_000_000,
    to: 1_741_086_400,
    ask_until: 1,
    asked_at: 1,
    time_zone: 'UTC',
    reservation_windows: [],
  };
  const ASK = {
    user_id_type: 'open_id',
    listing: 'list',
    source: 'list',
    room_level_id: null,
    include_external_meetings: false,
    include_webinar: false,
  };
  const FRESH = { refresh: 'all', fetched_since: 0 };
  const SLICE = { cursor: 0, limit: 50 };
  const SESSIONS = { profile: 'default', source: 'list', user_id_type: 'open_id', location: DAY, ...SLICE, ...FRESH };
  const PAGE = {
    profile: 'default',
    list: 'participant_quality_list',
    location: { ...OWN, resource: 'participant_quality_list', unit: 's.list' },
    settlesAfter: null,
    page: 1,
    query: {},
  };
  const ofOther = { ...DAY, session: 's', participants: recordKey(OTHERS) };
  const CREATE = { profile: 'default', resource: 'participant_list', request: {} };
  const STORE = {
    ...CREATE,
    location: OWN,
    task_id: '1',
    file: { bytes: 1, sha256: 'x' },
    unknown_creates: 0,
    calls: {},
  };
  const COMMIT = {
    profile: 'default',
    location: DAY,
    window: WINDOW,
    include: ['meetings'],
    day: { ...ASK, enrich: [] },
  };
  const WRONG: [name: keyof (Activities & CallActivities), what: string, input: unknown, field: string][] = [
    ['pendingSessions', "another profile's list", { ...SESSIONS, participants: recordKey(OTHERS) }, 'participants'],
    ['pendingSessions', 'a unit that is no meeting', { ...SESSIONS, participants: '../m' }, 'participants'],
    ['pendingSessions', 'a key of something else', { ...SESSIONS, participants: 'store.json' }, 'participants'],
    ['pendingSessions', 'a slice of everybody', { ...SESSIONS, participants: recordKey(OWN), limit: 1e9 }, 'limit'],
    ['fetchListPage', "a session of another profile's list", { ...PAGE, location: ofOther }, 'location.participants'],
    ['fetchListPage', 'a time far out', { ...PAGE, asked_at: 1e13 }, 'asked_at'],
    ['recordFailure', 'no time', { ...STORE, via: 'export', reason: 'x', asked_at: 'never' }, 'asked_at'],
    ['fetchListPage', 'a page far out', { ...PAGE, page: 1e9 }, 'page'],
    ['fetchListPage', 'a request of a megabyte', { ...PAGE, query: { room_level_id: MB } }, 'query.room_level_id'],
    ['createExportTask', '100,000 rooms', { ...CREATE, request: { room_ids: many('omm_1') } }, 'request.room_ids'],
    ['storeExport', "a session of another profile's list", { ...STORE, location: ofOther }, 'location.participants'],
    [
      'createExportTask',
      "a session of another profile's list",
      { ...CREATE, location: ofOther },
      'location.participants',
    ],
    [
      'recordFailure',
      'a unit of a megabyte',
      { ...STORE, via: 'list', reason: 'x', location: { ...OWN, unit: MB } },
      'location.unit',
    ],
    [
      'joinParts',
      "another profile's parts",
      { location: OWN, request: {}, parts: [OTHERS, OTHERS] },
      'parts.0.profile',
    ],
    ['describeDay', 'a day that is none', { profile: 'default', day: 'yesterday' }, 'day'],
    ['whoRuns', 'nothing', undefined, 'input'],
    [
      'commitDay',
      'a run of the far future',
      { ...COMMIT, location: { ...DAY, generation: Number.MAX_SAFE_INTEGER } },
      'location.generation',
    ],
    [
      'joinParts',
      'parts of a run of the far future',
      { location: OWN, request: {}, parts: [{ ...OWN, generation: Number.MAX_SAFE_INTEGER }, OWN] },
      'parts.0.generation',
    ],
  ];
  let folder: string;
  let store: FileStore;
  let all: Record<string, (input: unknown) => Promise<unknown>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'feishu-vc-inputs-'));
    store = new FileStore(folder);
    await storeList(store, OTHERS);
    await storeList(store, OWN);
    const served = stubProfile({ timeZone: 'Asia/Shanghai' });
    const profiles = [served, stubProfile({ name: SUBSIDIARY })];
    const profile = (name: string) => profiles.find((each) => each.name === name) ?? null;
    const profileNames = () => profiles.map(({ name }) => name);
    const deps = stubCallDeps({ store, settleHours: 6, product: 'test', privacy: KEEP, profile, profileNames });
    await store.claim({ apiHost: 'https://x', profile: SUBSIDIARY, timeZone: 'UTC', dayScope: 'q' });
    all = { ...createActivities(deps), ...createCallActivities(deps) } as unknown as typeof all;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(WRONG)('%s does not take %s', async (name, _what, input, field) => {
    const failed = await new Attempts().once(() => all[name]!(input));
    expect(failed).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect((failed as Error).message).toMatch(new RegExp(`^${name}: ${field}: `));
    expect((failed as Error).message.length).toBeLessThan(1000);
  });

  test('a day is committed in the zone of its profile, and a run that began earlier is told that nothing of it is', async () => {
    const commit = (generation: number) =>
      new Attempts({ startToCloseTimeoutMs: 60_000 }).once(() =>
        all['commitDay']!({ ...COMMIT, location: { ...DAY, generation } }),
      );
    const later =
      'a run that began later (1970-01-01T00:00:00.007Z) has committed the day: nothing of this run is in it';
    expect(await commit(7)).toMatchObject({ tables: { meetings: 0 } });
    const manifest = await store.readJson(manifestKey({ profile: 'default', day: DAY.day }));
    expect(manifest).toMatchObject({ time_zone: 'Asia/Shanghai', generation: 7 });
    expect(await commit(5)).toMatchObject({
      complete: false,
      gaps: expect.arrayContaining([{ reason: later, count: 1 }]),
    });
  });

  const ELSEWHERE: [name: keyof (Activities & CallActivities), input: unknown][] = [
    ['recordFailure', { profile: 'other', location: OTHERS, reason: 'x', request: {}, via: 'list' }],
    ['recordFailure', { ...STORE, profile: 'other', location: OTHERS, reason: 'x', via: 'export' }],
    ['joinParts', { location: OTHERS, request: {}, parts: [OTHERS, OTHERS] }],
    ['pendingUnits', { locations: [OTHERS], window: WINDOW, day: ASK, ...FRESH }],
    ['sealedDay', { location: { ...DAY, profile: 'other' }, include: ['meetings'], day: ASK }],
    ['storeExport', { ...STORE, profile: 'other', location: OTHERS }],
  ];

  test.each(ELSEWHERE)('%s touches nothing of a profile that the worker does not serve', async (name, input) => {
    const before = await readRecord(store, OTHERS);
    const failed = await new Attempts().once(() => all[name]!(input));
    expect(failed).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect((failed as Error).message).toContain('"other" is not configured');
    expect((failed as Error).message).not.toContain(SUBSIDIARY);
    expect(await readRecord(store, OTHERS)).toStrictEqual(before);
  });

  const RUN = { kind: 'single', workflow_id: 'feishu-vc/quality/other/1', run_id: 'r', generation: 1 } as const;
  const OF_RUN: UnitLocation = { ...RUN, resource: 'participant_list', unit: MEETING_KEY };
  const SESSION_OF_RUN = { ...RUN, session: 's', participants: MEETING_KEY };
  const OF_OTHER_RUN: [name: keyof (Activities & CallActivities), input: unknown, field: string][] = [
    ['pendingSessions', { ...SESSIONS, location: RUN, participants: MEETING_KEY }, 'location'],
    ['createExportTask', { ...CREATE, location: SESSION_OF_RUN }, 'location'],
    ['fetchListPage', { ...PAGE, location: SESSION_OF_RUN }, 'location'],
    ['recordFailure', { ...STORE, via: 'list', reason: 'x', location: OF_RUN }, 'location'],
    ['joinParts', { location: OWN, request: {}, parts: [OF_RUN, OF_RUN] }, 'parts.0'],
    ['readMeetings', { profile: 'default', location: RUN, window: WINDOW }, 'location'],
  ];

  test.each(OF_OTHER_RUN)('%s takes nothing of another run', async (name, input, field) => {
    const failed = await new Attempts().once(() => all[name]!(input));
    expect(failed).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect((failed as Error).message).toContain(`${name}: ${field}.workflow_id: takes the run itself`);
  });

  test.each([RUN.workflow_id, `${RUN.workflow_id}/session-1`])(
    'of the run %s its own list is taken',
    async (workflowId) => {
      await storeList(store, OF_RUN);
      const run = new Attempts({ workflowExecution: { workflowId, runId: 'r' } });
      const found = await run.once(() =>
        all['pendingSessions']!({ ...SESSIONS, location: RUN, participants: MEETING_KEY }),
      );
      expect(found).toMatchObject({ total: 1 });
    },
  );

  test('takes what is right', async () => {
    const found = await new Attempts().once(() =>
      all['pendingSessions']!({ ...SESSIONS, participants: recordKey(OWN) }),
    );
    expect(found).toMatchObject({ total: 1, sessions: [{ source: 'list' }] });
    expect(JSON.stringify(found)).not.toContain('ou_1');
  });
});

async function storeList(store: FileStore, location: UnitLocation): Promise<void> {
  const participants = [{ user_id: 'ou_1', join_time: '2025.03.03 19:06:40 (GMT+08:00)', participant_name: 'x' }];
  const file = await putJsonGz(store, pageKey(location, 1), JSON.stringify({ code: 0, data: { participants } }));
  const { resource, unit, generation } = location;
  const request = { ...MEETING, user_id_type: 'open_id' };
  await writeRecord(store, location, unitRecord({ resource, unit, generation, request, files: [file], rows: 1 }));
}
