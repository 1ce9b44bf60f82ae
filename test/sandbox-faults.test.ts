import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { FAULT_KINDS } from '../sandbox/index.ts';
import type { FaultKind, FaultRule } from '../sandbox/index.ts';
import { readSheets } from '../sheets/index.ts';
import { cellsOf, DAY, openSandbox } from './support/sandbox-client.ts';
import type { Reply, TestClient } from './support/sandbox-client.ts';

let client: TestClient;
let window: Record<string, string>;
beforeAll(async () => {
  client = await openSandbox();
  const { from, to } = client.sandbox.tenant.dayRange(DAY);
  window = { start_time: String(from), end_time: String(to) };
});
afterAll(() => client.sandbox.close());
afterEach(async () => {
  client.sandbox.faults.clear();
  client.token = await client.login();
});

const list = (query: Record<string, string> = {}): Promise<Reply> =>
  client.get('meeting_list', { ...window, ...query });
const create = (): Promise<Reply> => client.post('exports/meeting_list', window);
const fault = (kind: FaultKind, on: FaultRule['on'], more: Partial<FaultRule> = {}): void =>
  client.sandbox.faults.set([{ kind, on, ...more }]);

async function fileToken(): Promise<string> {
  const { json } = await create();
  return (await client.get(`exports/${json.data.task_id}`)).json.data.file_token;
}
const download = async (token?: string): Promise<Reply> =>
  client.get('exports/download', { file_token: token ?? (await fileToken()) });

/** Each kind, what a caller sees of it. A kind without a line here does not compile. */
const SEEN: Record<FaultKind, () => Promise<void>> = {
  '500': async () => {
    fault('500', 'L1');
    const reply = await list();
    expect([reply.status, reply.json]).toEqual([500, { code: 121001, msg: 'internal error' }]);
  },
  'internal-121001': async () => {
    fault('internal-121001', 'L1');
    const reply = await list();
    expect([reply.status, reply.json.code, typeof reply.json.error.log_id]).toEqual([500, 121001, 'string']);
    expect(reply.headers.get('x-tt-logid')).toBe(reply.json.error.log_id);
  },
  '502-html': async () => {
    fault('502-html', 'all');
    const reply = await list();
    expect([reply.status, reply.headers.get('content-type')]).toEqual([502, 'text/html']);
  },
  reset: async () => {
    fault('reset', 'E1');
    const before = client.sandbox.ledger.tasks.length;
    await expect(create()).rejects.toBeInstanceOf(Error);
    expect(client.sandbox.ledger.tasks).toHaveLength(before);
  },
  'reset-after': async () => {
    fault('reset-after', ['E1', 'E6']);
    const before = client.sandbox.ledger.tasks.length;
    await expect(create()).rejects.toBeInstanceOf(Error);
    expect(client.sandbox.ledger.tasks).toHaveLength(before + 1);
    client.sandbox.faults.clear();
    const token = await fileToken();
    fault('reset-after', 'E6');
    await expect(download(token)).rejects.toBeInstanceOf(Error);
  },
  hang: async () => {
    fault('hang', 'L1');
    const signal = AbortSignal.timeout(150);
    const url = `${client.sandbox.url}/open-apis/vc/v1/meeting_list`;
    await expect(fetch(url, { signal })).rejects.toThrow(/timeout/);
    fault('hang', 'L1', { delayMs: 20 });
    await expect(list()).rejects.toThrow('fetch failed');
  },
  slow: async () => {
    fault('slow', 'L1', { delayMs: 120 });
    const start = performance.now();
    expect((await list()).json.code).toBe(0);
    expect(performance.now() - start).toBeGreaterThan(100);
  },
  '429': async () => {
    fault('429', 'L1', { resetS: 7 });
    const reply = await list();
    expect([reply.status, reply.json.code, reply.headers.get('x-ogw-ratelimit-reset')]).toEqual([429, 99991400, '7']);
    expect(client.sandbox.ledger.calls.at(-1)).toMatchObject({ throttled: true, fault: '429', code: 99991400 });
  },
  '429-no-header': async () => {
    fault('429-no-header', 'L1');
    const reply = await list();
    expect([reply.status, reply.headers.get('x-ogw-ratelimit-reset')]).toEqual([429, null]);
  },
  '400-limit': async () => {
    fault('400-limit', 'L1');
    const reply = await list();
    expect([reply.status, reply.json.code, reply.headers.get('x-ogw-ratelimit-reset')]).toEqual([400, 99991400, '1']);
  },
  'dead-token': async () => {
    fault('dead-token', 'all', { times: 1 });
    expect((await list()).json.code).toBe(99991663);
    expect((await list()).json.code).toBe(99991663);
    client.token = await client.login();
    expect((await list()).json.code).toBe(0);
  },
  'monthly-cap': async () => {
    fault('monthly-cap', 'L1');
    const reply = await list();
    expect([reply.status, reply.json.code]).toEqual([429, 99991403]);
  },
  refuse: async () => {
    fault('refuse', 'L1', { status: 403, code: 121005, msg: 'no permission' });
    const reply = await list();
    expect([reply.status, reply.json.code, reply.json.msg]).toEqual([403, 121005, 'no permission']);
  },
  'truncated-download': async () => {
    const token = await fileToken();
    const whole = await download(token);
    fault('truncated-download', 'E6');
    const [part, again] = [await download(token), await download(token)];
    expect(part.status).toBe(200);
    expect(part.bytes.length).toBeLessThan(whole.bytes.length);
    expect(part.bytes.equals(whole.bytes.subarray(0, part.bytes.length))).toBe(true);
    expect(again.bytes.equals(part.bytes)).toBe(true);
  },
  'garbage-download': async () => {
    fault('garbage-download', 'E6');
    const reply = await download();
    expect([reply.status, reply.bytes.subarray(0, 2).toString()]).toEqual([200, 'PK']);
    await expect(cellsOf(reply.bytes)).rejects.toBeInstanceOf(Error);
  },
  'json-download': async () => {
    fault('json-download', 'E6');
    const reply = await download();
    expect([reply.status, reply.json.code]).toEqual([200, 121001]);
  },
  'expired-file-token': async () => {
    const { json } = await create();
    const poll = async (): Promise<string> => (await client.get(`exports/${json.data.task_id}`)).json.data.file_token;
    const token = await poll();
    fault('expired-file-token', 'E6', { times: 1 });
    expect((await download(token)).json.code).toBe(121004);
    expect((await download(token)).json.code).toBe(121004);
    expect((await download(await poll())).bytes.subarray(0, 2).toString()).toBe('PK');
  },
  'extra-column': async () => {
    fault('extra-column', 'E6');
    const [header, row] = await cellsOf((await download()).bytes);
    expect([header?.length, header?.[2], row?.[2]]).toEqual([18, '新增字段', 'new']);
  },
  'missing-column': async () => {
    fault('missing-column', 'E6');
    const [header, row] = await cellsOf((await download()).bytes);
    expect([header?.length, row?.length, header?.includes('会议组织者')]).toEqual([16, 16, false]);
    fault('missing-column', 'E6', { column: '录制' });
    expect((await cellsOf((await download()).bytes))[0]).not.toContain('录制');
  },
  'no-header': async () => {
    const [, ...rows] = await cellsOf((await download()).bytes);
    fault('no-header', 'E6');
    expect(await cellsOf((await download()).bytes)).toEqual(rows);
  },
  'reordered-columns': async () => {
    const straight = await cellsOf((await download()).bytes);
    fault('reordered-columns', 'E6');
    expect(await cellsOf((await download()).bytes)).toEqual(straight.map((row) => row.toReversed()));
  },
  'title-row': async () => {
    fault('title-row', 'E6');
    const [title, header] = await cellsOf((await download()).bytes);
    expect([title?.length, header?.[0]]).toEqual([1, '会议ID']);
  },
  'english-headers': async () => {
    fault('english-headers', 'E6');
    const [header, row] = await cellsOf((await download()).bytes);
    expect([header?.[0], row?.[12]]).toEqual(['meeting id', expect.stringMatching(/^(yes|no)$/)]);
  },
  'split-sheets': async () => {
    const whole = await cellsOf((await download()).bytes);
    fault('split-sheets', 'E6');
    const rows: (string | null)[][] = [];
    for await (const { rows: sheet } of readSheets((await download()).bytes)) {
      const cells: (string | null)[][] = [];
      for await (const row of sheet) cells.push(row.cells);
      expect(cells[0]).toEqual(whole[0]);
      rows.push(...cells.slice(1));
    }
    expect(rows).toEqual(whole.slice(1));
  },
  'other-sheet': async () => {
    fault('other-sheet', 'E6');
    const sheets: (string | null)[][][] = [];
    for await (const { rows: sheet } of readSheets((await download()).bytes)) {
      const rows: (string | null)[][] = [];
      for await (const row of sheet) rows.push([...row.cells]);
      sheets.push(rows);
    }
    expect(sheets.map((rows) => rows[0]?.[0])).toEqual(['会议ID', '说明']);
  },
  'cut-rows': async () => {
    const whole = await cellsOf((await download()).bytes);
    fault('cut-rows', 'E6', { rows: 3 });
    expect(await cellsOf((await download()).bytes)).toEqual(whole.slice(0, 4));
  },
  'reversed-rows': async () => {
    const [header, ...rows] = await cellsOf((await download()).bytes);
    fault('reversed-rows', 'E6');
    expect(await cellsOf((await download()).bytes)).toEqual([header, ...rows.toReversed()]);
  },
  'rewrite-cells': async () => {
    const [, ...rows] = await cellsOf((await download()).bytes);
    fault('rewrite-cells', 'E6', { column: '会议ID', find: '^(...)(...)(...)$', text: '$1 $2 $3' });
    const [, ...spaced] = await cellsOf((await download()).bytes);
    expect(spaced.map((row) => row[0])).toEqual(rows.map((row) => row[0]?.replace(/^(...)(...)/, '$1 $2 ')));
    expect(() => fault('rewrite-cells', 'E6', { find: '(' })).toThrow(RangeError);
  },
  'no-rows': async () => {
    fault('no-rows', 'L1');
    expect((await list()).json).toMatchObject({ code: 0, data: { has_more: false } });
    expect((await list()).json.data).not.toHaveProperty('meeting_list');
  },
  'reversed-page': async () => {
    const { data: straight } = (await list()).json;
    fault('reversed-page', 'L1');
    expect((await list()).json.data.meeting_list).toEqual(straight.meeting_list.toReversed());
  },
  'rewrite-fields': async () => {
    fault('rewrite-fields', 'L1', { column: 'meeting_start_time', text: 'soon' });
    const { data } = (await list()).json;
    expect(new Set(data.meeting_list.map((each: { meeting_start_time: string }) => each.meeting_start_time))).toEqual(
      new Set(['soon']),
    );
  },
  'task-fails': async () => {
    fault('task-fails', 'E1', { failMsg: 'no permission' });
    const { json } = await create();
    expect((await client.get(`exports/${json.data.task_id}`)).json.data).toEqual({
      status: 2,
      fail_msg: 'no permission',
    });
    expect(client.sandbox.ledger.tasks.at(-1)?.status).toBe(2);
  },
  'task-never-ends': async () => {
    fault('task-never-ends', 'E1');
    const { json } = await create();
    client.advance(3_600_000);
    expect((await client.get(`exports/${json.data.task_id}`)).json.data).toEqual({ status: 1 });
    client.advance(-3_600_000);
  },
  'loop-page-token': async () => {
    fault('loop-page-token', 'L1');
    const { data: one } = (await list()).json;
    const { data: two } = (await list({ page_token: one.page_token })).json;
    expect(two).toEqual(one);
  },
  'repeat-page': async () => {
    fault('repeat-page', 'L1', { nth: 1 });
    const { data: one } = (await list()).json;
    const { data: two } = (await list({ page_token: one.page_token })).json;
    expect(two.meeting_list).toEqual(one.meeting_list);
    expect(two.page_token).not.toBe(one.page_token);
    const { data: three } = (await list({ page_token: two.page_token })).json;
    expect(three.meeting_list[0]).not.toEqual(one.meeting_list[0]);
  },
  'has-more-without-token': async () => {
    fault('has-more-without-token', 'L1');
    const { data } = (await list()).json;
    expect([data.has_more, data.page_token]).toEqual([true, undefined]);
  },
};

test.each(Object.entries(SEEN))('The fault %s is seen by the caller and noted in the ledger', async (kind, seen) => {
  const before = client.sandbox.ledger.calls.length;
  await seen();
  const noted = () => expect(client.sandbox.ledger.calls.slice(before).map((call) => call.fault)).toContain(kind);
  await vi.waitFor(noted, { timeout: 60_000 });
});

test('Every kind is tried above', () => {
  expect(Object.keys(SEEN).toSorted()).toEqual(Object.keys(FAULT_KINDS).toSorted());
});

async function codes(calls: number, query?: Record<string, string>): Promise<number[]> {
  const seen = [];
  for (let i = 0; i < calls; i++) seen.push((await list(query)).json.code);
  return seen;
}

test('A rule fires on the n-th call, so many times, and only where the parameters match', async () => {
  const { faults } = client.sandbox;
  const refuse: FaultRule = { on: 'L1', kind: 'refuse', code: 1 };
  faults.set([{ ...refuse, nth: [2, 4] }]);
  expect(await codes(5)).toEqual([0, 1, 0, 1, 0]);
  faults.set([{ ...refuse, times: 2 }]);
  expect(await codes(4)).toEqual([1, 1, 0, 0]);
  faults.set([{ ...refuse, match: { meeting_no: '123456789' } }]);
  expect([await codes(1), await codes(1, { meeting_no: '123456789' })]).toEqual([[0], [1]]);
  faults.add({ ...refuse, code: 2 });
  expect(await codes(1)).toEqual([2]);
  expect(faults.state()).toMatchObject([
    { seen: 1, fired: 1 },
    { seen: 1, fired: 1 },
  ]);
});

/** Which of sixty calls fail. */
async function failurePattern(seed: string): Promise<string> {
  const one = await openSandbox({ seed, faults: [{ on: 'L1', kind: 'refuse', rate: 0.3 }] });
  let pattern = '';
  for (let i = 0; i < 60; i++) pattern += (await one.get('meeting_list', window)).status === 200 ? '.' : 'x';
  await one.sandbox.close();
  return pattern;
}

test('A rate draws the same calls in every run of one seed', async () => {
  const [first, again, other] = [await failurePattern('one'), await failurePattern('one'), await failurePattern('two')];
  expect(again).toBe(first);
  expect(other).not.toBe(first);
  const hits = first.replaceAll('.', '').length;
  expect(hits).toBeGreaterThan(6);
  expect(hits).toBeLessThan(36);
});

test('Rules that mean nothing are refused with a reason', () => {
  const { faults } = client.sandbox;
  const wrong = (rule: object): (() => void) => {
    return () => faults.set([rule as FaultRule]);
  };
  expect(wrong({ on: 'L1', kind: 'explode' })).toThrow(/kind/);
  expect(wrong({ on: 'L9', kind: '500' })).toThrow(/on/);
  expect(wrong({ on: 'L1', kind: 'truncated-download' })).toThrow('about E6');
  expect(wrong({ on: 'L1', kind: '500', rate: 2 })).toThrow(/rate/);
  expect(wrong({ on: 'L1', kind: '500', often: true })).toThrow(/often/);
});
