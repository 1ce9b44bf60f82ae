/**
 * One paged list of Feishu, read to its end. Each page is one activity, kept as received; the last one writes the
 * unit's record. Paging that cannot end is a failure of the unit, not an endless loop.
 */
import type { UnitStatus } from '../../model/units.ts';
import { ApplicationFailure } from '@temporalio/workflow';
import type { ListPage, ListPageInput, ListQuery, ListResource, UnitPlace } from '../../activities/index.ts';
import { applicationFailure, unitFailure } from './outcomes.ts';
import { files } from './activities.ts';
import type { ApiCalls } from './api-calls.ts';
import { PageTrail } from './page-trail.ts';

/** A secret that is changed while a list is read costs one more. */
const BEGINNINGS_AT_MOST = 4;
const NEVER_OPENS = 'the worker cannot open its own page tokens: do all of them have the same app secret?';

export interface ListJob {
  profile: string;
  list: ListResource;
  query: ListQuery;
  location: UnitPlace;
  /** End of what is asked about, unix seconds: until some hours after it, "no data" may mean "not yet". */
  settlesAfter: number | null;
}

export interface UnitOutcome {
  status: UnitStatus;
  reason: string | null;
  /** Why it was refused, where a right is missing. */
  refusal: string | null;
  rows: number;
  pages: number;
  calls: number;
}

/** @throws what concerns the whole run (credentials, the store); anything else becomes the unit's status */
export async function fetchPages(job: ListJob, calls: ApiCalls): Promise<UnitOutcome> {
  const soFar: SoFar = { rows: 0, pages: 0, calls: 0 };
  try {
    return await readToEnd(job, calls, soFar);
  } catch (error) {
    const failed = unitFailure(error) ?? refusedRooms(job, error);
    if (!failed) throw error;
    const reason = `${failed.type}: ${failed.reason}`;
    const { profile, location, query: request } = job;
    const { asked_at, ...spent } = soFar;
    await files.recordFailure.executeWithOptions({ summary: 'note the failure' }, [
      { profile, location, reason, request, via: 'list', ...(asked_at === undefined ? {} : { asked_at }) },
    ]);
    const refusal = failed.type === 'PermissionDenied' ? failed.reason : null;
    return { status: 'failed', reason, refusal, ...spent };
  }
}

/** R2 takes no user's token, which the other lists do: what it refuses says nothing of them. */
function refusedRooms({ list }: ListJob, error: unknown): { type: string; reason: string } | null {
  const known = list === 'rooms' ? applicationFailure(error) : null;
  return known?.type === 'CredentialsRejected' ? { type: known.type, reason: known.message } : null;
}

interface SoFar {
  rows: number;
  pages: number;
  calls: number;
  /** When the first page was asked for, once there is one more. */
  asked_at?: number;
}

/** The list to its end. @throws whatever keeps it from it */
export async function readToEnd(
  job: ListJob,
  calls: ApiCalls,
  soFar: SoFar = { rows: 0, pages: 0, calls: 0 },
): Promise<UnitOutcome> {
  let trail = new PageTrail();
  let before: Pick<ListPageInput, 'page_token' | 'previous_sha256'> = {};
  for (let beginnings = 1; ;) {
    const page = soFar.pages + 1;
    const ask = { ...job, page, ...before, ...counted(soFar) };
    const of = 'unit' in job.location ? ` ${job.location.unit}` : '';
    const answer: ListPage = await calls.make('fetchListPage', ask, `${job.list}${of}, page ${page}`);
    if (answer.status === 'token-expired') {
      if (beginnings >= BEGINNINGS_AT_MOST) throw ApplicationFailure.nonRetryable(NEVER_OPENS, 'BrokenPaging');
      beginnings++;
      trail = new PageTrail();
      before = {};
      soFar.pages = soFar.rows = 0;
      delete soFar.asked_at;
      continue;
    }
    soFar.pages++;
    soFar.rows += answer.rows;
    soFar.calls += answer.calls;
    const { rows, pages, calls: spent } = soFar;
    if (answer.status !== 'more') {
      const { status, reason = null } = answer;
      return { status, reason, refusal: null, rows, pages, calls: spent };
    }
    if (answer.asked_at !== undefined) soFar.asked_at = answer.asked_at;
    const broken = trail.whyNotOn({ token: answer.page_token, rows: answer.rows });
    if (broken !== null) throw ApplicationFailure.nonRetryable(broken, 'BrokenPaging');
    before = { page_token: answer.page_token, previous_sha256: answer.sha256 };
  }
}

/** Of what comes before the next page. Each of some hundred thousand histories holds its input: nothing stands for nothing. */
function counted({ rows, calls, asked_at }: SoFar): Pick<ListPageInput, 'rows_before' | 'calls_before' | 'asked_at'> {
  return {
    ...(rows > 0 && { rows_before: rows }),
    ...(calls > 0 && { calls_before: calls }),
    ...(asked_at !== undefined && { asked_at }),
  };
}
