/** The paged lists: one page is one call, kept as received. */
import type { UnitStatus } from '../model/units.ts';
import { ApplicationFailure } from '@temporalio/common';
import {
  ENDPOINTS,
  LIST_ENDPOINT,
  PAGE_ITEMS,
  PAGE_SIZE,
  type EndpointName,
  type ExportResource,
} from '../feishu/contract.ts';
import { pageKey, type UnitLocation } from '../dataset/storage-keys.ts';
import { readAhead } from '../dataset/read-ahead.ts';
import { writeRecord } from '../dataset/records.ts';
import { putJsonGz } from '../dataset/stored-json.ts';
import { newRecord, type RawFile } from '../dataset/unit-record.ts';
import { createHash } from 'node:crypto';
import { call } from './calls/call.ts';
import { profileNamed } from './profiles.ts';
import type { CallDeps, IdentityKind, Profile } from './deps.ts';
import { isNoData, shortReason } from './failures.ts';
import { sealedNext, unsealedPage, type ListAsked } from './page-token.ts';
import type { SessionPlaces, UnitPlace } from './session-places.ts';

export type ListResource = ExportResource | 'rooms';
export type ListQuery = Record<string, string | number | boolean | string[] | undefined>;

export interface ListPageInput {
  profile: string;
  list: ListResource;
  query: ListQuery;
  location: UnitPlace;
  /** End of what is asked about, unix seconds; until some hours after it "no data" means "not yet". */
  settlesAfter: number | null;
  page: number;
  /** Sealed. It and what comes below it are absent where nothing comes before the page. */
  page_token?: string;
  previous_sha256?: string;
  rows_before?: number;
  calls_before?: number;
  /** When the first page was asked for, unix seconds: what came after may lack. Absent on the first page. */
  asked_at?: number;
}
export type ListPage = { rows: number; calls: number } & (
  | { status: 'more'; page_token: string; sha256: string; asked_at?: number }
  /** The page token does not open: the list has to be read from its first page. */
  | { status: 'token-expired' }
  /** `reason`: why it is not done. */
  | { status: UnitStatus; reason?: string }
);

/** What was asked, and the calls that it took. */
type Made = Omit<ListPageInput, 'location'> & {
  location: UnitLocation;
  identity: IdentityKind;
  endpointId: string;
  calls: number;
  asked_at: number;
};
type Answer = { raw: Uint8Array; rows: number; next: string | null } | { noData: string };

export function listActivities(deps: CallDeps, places: SessionPlaces) {
  return {
    /**
     * Fetches one page of L1 to L4 or R2 and keeps it; the last one writes the unit's record.
     * @throws ApplicationFailure `BrokenPaging` where a page repeats the one before
     */
    async fetchListPage(input: ListPageInput): Promise<ListPage> {
      const profile = await profileNamed(deps, input.profile);
      const endpoint: EndpointName = input.list === 'rooms' ? 'listRooms' : LIST_ENDPOINT[input.list];
      const list = { profile, list: input.list, query: input.query, place: input.location };
      const at = unsealedPage(list, input.page_token);
      if (at === null) return { status: 'token-expired', rows: 0, calls: 0 };
      const { value } = await call(deps, {
        profile,
        endpoint,
        toStore: true,
        prepare: () => places.of({ profile: input.profile, place: input.location, asked: input.query, via: 'list' }),
        run: async (options, calls, { location, request: query }) => {
          const now = Math.floor(Date.now() / 1000);
          const answer = await askPage(list, { ...query, ...at }, options);
          const bytes = 'raw' in answer ? answer.raw.length : 0;
          const asked = {
            ...input,
            location,
            query,
            identity: profile.identityFor(endpoint),
            endpointId: ENDPOINTS[endpoint].id,
            calls,
            asked_at: input.asked_at ?? now,
          };
          return await deps.breaker.storing(bytes, () => keep(asked, answer));
        },
      });
      return value;
    },
  };

  async function keep(input: Made, answer: Answer): Promise<ListPage> {
    if ('noData' in answer) return await ended(input, [], answer.noData);
    const { raw, rows, next } = answer;
    const sha256 = createHash('sha256').update(raw).digest('hex');
    if (rows > 0 && sha256 === input.previous_sha256) {
      throw ApplicationFailure.nonRetryable(
        `page ${input.page} of ${input.list} is the page before it again`,
        'BrokenPaging',
      );
    }
    const file = await putJsonGz(deps.store, pageKey(input.location, input.page), raw);
    const { calls, asked_at } = input;
    if (next !== null) return { status: 'more', page_token: next, sha256, rows, calls, asked_at };
    const before = Array.from({ length: input.page - 1 }, (_, index) => pageKey(input.location, index + 1));
    const files: RawFile[] = [];
    for await (const earlier of readAhead(before, fileOf)) files.push(earlier);
    return await ended({ ...input, rows }, [...files, file], null);
  }

  async function fileOf(key: string): Promise<RawFile> {
    const bytes = await deps.store.read(key);
    return { key, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  async function ended(input: Made & { rows?: number }, files: RawFile[], noData: string | null): Promise<ListPage> {
    const { asked_at, rows_before = 0, calls_before = 0 } = input;
    const rows = rows_before + (input.rows ?? 0);
    const status =
      rows > 0 || input.settlesAfter === null
        ? rows > 0
          ? 'done'
          : 'empty'
        : emptyStatus(deps, asked_at, input.settlesAfter);
    const reason = rows > 0 ? null : (noData ?? 'an empty answer');
    const { page_token: _token, ...request } = input.query;
    const record = newRecord(input.location, {
      via: 'list',
      status,
      reason,
      asked_at,
      request,
      files,
      rows,
      pages: input.page,
      identity: input.identity,
      calls: { [input.endpointId]: calls_before + input.calls },
      settles_after: input.settlesAfter,
    });
    await writeRecord(deps.store, input.location, record);
    return { status, ...(reason !== null && { reason }), rows: input.rows ?? 0, calls: input.calls };
  }
}

/** "No data" soon after a meeting may mean that Feishu is not ready: pending, not empty. */
export function emptyStatus(deps: { settleHours: number }, askedAt: number, settlesAfter: number): 'pending' | 'empty' {
  return askedAt < settlesAfter + deps.settleHours * 3600 ? 'pending' : 'empty';
}

async function askPage(
  asked: ListAsked & { list: ListResource },
  query: ListQuery,
  options: Parameters<Profile['feishu']['listRooms']>[1],
): Promise<Answer> {
  const { list, profile } = asked;
  const parameters = { ...query, page_size: PAGE_SIZE };
  try {
    const { page, raw } =
      list === 'rooms'
        ? await profile.feishu.listRooms(parameters, options)
        : await profile.feishu.list(list, parameters, options);
    const items = (page as Record<string, unknown>)[PAGE_ITEMS[list]];
    return { raw, rows: Array.isArray(items) ? items.length : 0, next: sealedNext(asked, page) };
  } catch (error) {
    if (isNoData(error)) return { noData: shortReason(error) };
    throw error;
  }
}
