/** Page tokens: what stands in histories, and lists whose tokens do not open or do not fit. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dryRunActivities } from '../activities/dry-run.ts';
import { listActivities, type ListPage, type ListPageInput } from '../activities/lists.ts';
import { SessionPlaces } from '../activities/session-places.ts';
import { FileStore } from '../store/file-store.ts';
import { sealing } from '../worker/sealing.ts';
import type { ApiCalls } from '../workflows/common/api-calls.ts';
import { readToEnd, type ListJob } from '../workflows/common/pages.ts';
import { Attempts, stubCallDeps, stubProfile } from './support/call-deps.ts';
import { sendJson, serve, type FeishuServer } from './support/feishu-server.ts';

const TOKEN = 'next-page-token-0123456789';
const SALT = 'https://host cli_a';

let server: FeishuServer;
let folder: string;
/** What the next answer names as its next page; null: it is the last one. */
let next: string | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pages-'));
  server = await serve((response) =>
    sendJson(response, { code: 0, data: next === null ? {} : { has_more: true, page_token: next } }),
  );
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const DAY = { kind: 'day', profile: 'default', day: '2026-11-03', generation: 1 } as const;
const MEETING = '0123456789abcdef0123456789abcdef';
const job: ListJob = {
  profile: 'default',
  list: 'meeting_list',
  query: { start_time: '1793635200', end_time: '1793721599' },
  location: { ...DAY, resource: 'meeting_list', unit: 'list' },
  settlesAfter: null,
};
const first: ListPageInput = { ...job, page: 1 };

function activitiesWith(secret: string) {
  const profile = stubProfile({ feishu: server.client, timeZone: 'Asia/Shanghai', ...sealing({ secret, salt: SALT }) });
  const deps = stubCallDeps({ store: new FileStore(folder), settleHours: 6, profile: () => profile });
  return { ...listActivities(deps, new SessionPlaces(deps)), ...dryRunActivities(deps) };
}

/** The answer of an activity, as a history would hold it. */
async function answerOf<T>(run: () => Promise<T>): Promise<T> {
  return (await new Attempts().once(run)) as T;
}

describe('the token of a next page', () => {
  test('stands in no result, and reaches Feishu as it came', async () => {
    next = TOKEN;
    const { fetchListPage, countMeetings, countRooms } = activitiesWith('s');
    const one = await answerOf(() => fetchListPage(first));
    expect(one).toMatchObject({ status: 'more' });
    expect(JSON.stringify(one)).not.toContain(TOKEN);
    if (one.status !== 'more') throw new Error('no next page');
    await answerOf(() => fetchListPage({ ...first, page: 2, page_token: one.page_token }));

    const range = { from: 1793635200, to: 1793721600, include_external_meetings: false, include_webinar: false };
    const count = (page_token: string | null, ask_until: number) =>
      answerOf(() =>
        countMeetings({
          profile: 'default',
          ...range,
          ask_until,
          page_token,
          above_priority: 0,
          candidates_at_most: 1,
        }),
      );
    const counted = await count(null, 1793800000);
    expect(JSON.stringify(counted)).not.toContain(TOKEN);
    await count(counted.page_token, 1793800001);

    const level = { profile: 'default', room_level_id: 'omb_1' };
    const rooms = await answerOf(() => countRooms({ ...level, page_token: null }));
    expect(JSON.stringify(rooms)).not.toContain(TOKEN);
    await answerOf(() => countRooms({ ...level, page_token: rooms.page_token }));
    const sent = server.received.map(({ url }) => new URL(url, server.url).searchParams.get('page_token'));
    expect(sent).toStrictEqual([null, TOKEN, null, TOKEN, null, TOKEN]);
  });

  test('is sealed alike each time, so that a list which names a page twice is seen', async () => {
    next = TOKEN;
    const { fetchListPage } = activitiesWith('s');
    const pages = [await answerOf(() => fetchListPage(first)), await answerOf(() => fetchListPage(first))];
    // The clock may tick between the two.
    expect({ ...pages[0], asked_at: 0 }).toStrictEqual({ ...pages[1], asked_at: 0 });
  });

  test.each([
    ['another secret', 'changed', {}],
    ['another question', 's', { query: { start_time: '1', end_time: '2' } }],
    ['another list', 's', { list: 'participant_list' }],
    ['a session', 's', { location: { ...DAY, session: 'name', participants: MEETING } }],
  ] as const)('does not open for %s, and no call is made', async (_what, secret, other) => {
    next = TOKEN;
    const page = await answerOf(() => activitiesWith('s').fetchListPage(first));
    if (page.status !== 'more') throw new Error('no next page');
    const again = { ...first, page: 2, page_token: page.page_token, ...other };
    expect(await answerOf(() => activitiesWith(secret).fetchListPage(again))).toStrictEqual({
      status: 'token-expired',
      rows: 0,
      calls: 0,
    });
    expect(server.received).toHaveLength(1);
  });

  test('that is no sealed one, as an earlier version had it, does not open', async () => {
    next = null;
    for (const page_token of ['', '20', TOKEN, 'x'.repeat(200)]) {
      expect(await answerOf(() => activitiesWith('s').fetchListPage({ ...first, page: 2, page_token }))).toMatchObject({
        status: 'token-expired',
      });
    }
  });

  test.each([4097, 3_000_000])('of %i bytes ends the list at once and is not repeated', async (bytes) => {
    next = 'x'.repeat(bytes);
    const { fetchListPage, countRooms } = activitiesWith('s');
    const level = { profile: 'default', room_level_id: 'omb_1', page_token: null };
    for (const failed of [
      await new Attempts().once(() => fetchListPage(first)),
      await new Attempts().once(() => countRooms(level)),
    ]) {
      expect(failed).toMatchObject({ type: 'BrokenPaging', nonRetryable: true });
      expect(String(failed)).toContain(`names a page token of ${bytes} bytes`);
      expect(String(failed)).not.toContain('xxxx');
    }
  });

  test('of 4,096 bytes is taken', async () => {
    next = 'x'.repeat(4096);
    expect(await answerOf(() => activitiesWith('s').fetchListPage(first))).toMatchObject({ status: 'more' });
  });
});

const more = (page: number): ListPage => ({ status: 'more', page_token: `s${page}`, sha256: 'x', rows: 5, calls: 1 });
const expired: ListPage = { status: 'token-expired', rows: 0, calls: 0 };

function callsOf(answer: (asked: ListPageInput, calls: number) => ListPage): {
  asked: ListPageInput[];
  calls: ApiCalls;
} {
  const asked: ListPageInput[] = [];
  const make = (_name: string, input: ListPageInput) => Promise.resolve(answer(input, asked.push(input)));
  return { asked, calls: { make } as unknown as ApiCalls };
}

describe('a list whose page token does not open', () => {
  test('is read from its first page again, and its rows are counted once', async () => {
    const { asked, calls } = callsOf(({ page }, call) => {
      if (call === 3) return expired;
      return page === 3 ? { status: 'done', rows: 2, calls: 1 } : more(page);
    });
    expect(await readToEnd(job, calls)).toMatchObject({ status: 'done', rows: 12, pages: 3, calls: 5 });
    expect(asked.map(({ page, page_token }) => [page, page_token])).toStrictEqual([
      [1, undefined],
      [2, 's1'],
      [3, 's2'],
      [1, undefined],
      [2, 's1'],
      [3, 's2'],
    ]);
    expect(asked[3]).toStrictEqual({ ...job, page: 1, calls_before: 2 });
  });

  test('each time is given up', async () => {
    const { asked, calls } = callsOf(({ page }) => (page === 1 ? more(1) : expired));
    await expect(readToEnd(job, calls)).rejects.toMatchObject({ type: 'BrokenPaging', nonRetryable: true });
    expect(asked).toHaveLength(8);
  });
});
