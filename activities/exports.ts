/** The three calls of an export: create, look, download. */
import { CREATE_ENDPOINT, type ExportResource, type ExportTask } from '../feishu/contract.ts';
import { FeishuError } from '../feishu/errors.ts';
import { exportFileKey } from '../dataset/storage-keys.ts';
import type { StoredFile } from '../dataset/unit-record.ts';
import { bucketOf, call } from './calls/call.ts';
import { profileNamed } from './profiles.ts';
import type { CallDeps, IdentityKind, Profile } from './deps.ts';
import { isNoData } from './failures.ts';
import type { SessionPlace, SessionPlaces, UnitPlace } from './session-places.ts';

/** Of a download, its tries together. */
const DOWNLOAD_MS = 7 * 60_000;

export interface CreateInput {
  profile: string;
  resource: ExportResource;
  /** The documented body; `user_id_type` goes into the query. */
  request: Record<string, unknown>;
  /** Whom it is about, where the request names nobody. */
  location?: SessionPlace;
}
export interface Created {
  task_id: string;
  /** Who asked: a task and its file belong to that identity. Absent in answers of earlier versions. */
  identity?: IdentityKind;
  /** When it was asked for, unix seconds: its file says nothing of what came after. Absent in answers of earlier versions. */
  asked_at?: number;
  poll_after_ms: number;
  deadline_ms: number;
  calls: number;
}

export interface PollInput {
  profile: string;
  resource: ExportResource;
  task_id: string;
  /** Who made the task. Default: the one that the settings name. */
  identity?: IdentityKind;
  /** Looks so far. */
  polls: number;
  age_ms: number;
}
export type Polled = { calls: number } & (
  | { status: 'processing'; poll_after_ms: number }
  | { status: 'failed'; reason: string }
  | { status: 'done'; encrypted_file_token: string }
);

export interface DownloadInput {
  profile: string;
  resource: ExportResource;
  task_id: string;
  /** Who made the task. Default: the one that the settings name. */
  identity?: IdentityKind;
  encrypted_file_token: string;
  location: UnitPlace;
}
export type Downloaded = { calls: number } & (
  | { status: 'stored'; file: StoredFile }
  | { status: 'token-expired' }
  | { status: 'bad'; sha256: string; reason: string }
);

export function exportActivities(deps: CallDeps, places: SessionPlaces) {
  return {
    /** E1 to E4. Not idempotent: fails with `CreateOutcomeUnknown` where a task may exist whose id nobody knows. */
    async createExportTask({ profile: name, resource, request, location }: CreateInput): Promise<Created> {
      const profile = await profileNamed(deps, name);
      const identity = profile.identityFor(CREATE_ENDPOINT[resource]);
      const { value, calls } = await call(deps, {
        profile,
        endpoint: CREATE_ENDPOINT[resource],
        identity,
        recordGrant: true,
        toStore: true,
        prepare: async () => {
          if (location === undefined) return request;
          return (await places.of({ profile: name, place: location, asked: request, via: 'export' })).request;
        },
        run: async (options, _calls, { user_id_type: kind, ...body }) => {
          const asked_at = Math.floor(Date.now() / 1000);
          const query = kind === undefined ? {} : { user_id_type: kind as 'open_id' };
          return { asked_at, ...(await profile.feishu.createExport(resource, body, query, options)) };
        },
      });
      const { task_id, asked_at } = value;
      deps.polls.created(profile.quotaOf, task_id);
      const poll_after_ms = nextPollMs(deps, profile, { resource, polls: 0, age_ms: 0 });
      return { task_id, identity, asked_at, poll_after_ms, deadline_ms: deps.exportDeadlineMs, calls };
    },

    /** E5. The file token leaves encrypted: histories are read by people who may not read the file. */
    async pollExportTask(input: PollInput): Promise<Polled> {
      const profile = await profileNamed(deps, input.profile);
      const { task_id } = input;
      const { value: task, calls } = await call(deps, {
        profile,
        endpoint: 'getExport',
        ...(input.identity && { identity: input.identity }),
        run: async (options) => await lookAt(profile, task_id, options),
      });
      if (task?.status === 1) {
        deps.polls.seen(profile.quotaOf, task_id);
        return {
          status: 'processing',
          poll_after_ms: nextPollMs(deps, profile, { ...input, polls: input.polls + 1 }),
          calls,
        };
      }
      deps.polls.ended(profile.quotaOf, {
        taskId: task_id,
        resource: input.resource,
        ageMs: input.age_ms,
        polls: input.polls + 1,
      });
      if (task === null) return { status: 'failed', reason: 'Feishu does not know the task any more', calls };
      if (task.status === 2) return { status: 'failed', reason: task.fail_msg ?? 'no reason given', calls };
      if (task.file_token === undefined) return { status: 'failed', reason: 'it is done and names no file', calls };
      return { status: 'done', encrypted_file_token: profile.seal(task.file_token, fileOf(input)), calls };
    },

    /** E6. The bytes go into the stage as received; a file that is there already is replaced by the same. */
    async downloadExportFile(input: DownloadInput): Promise<Downloaded> {
      const { task_id, identity, encrypted_file_token, location } = input;
      const profile = await profileNamed(deps, input.profile);
      // Sealed with another key, where the secret was changed meanwhile: it is asked for again.
      const fileToken = profile.unseal(encrypted_file_token, fileOf(input));
      if (fileToken === null) return { status: 'token-expired', calls: 0 };
      const { value, calls } = await call(deps, {
        profile,
        endpoint: 'downloadExport',
        ...(identity && { identity }),
        toStore: true,
        longestMs: DOWNLOAD_MS,
        prepare: () => places.of({ profile: input.profile, place: location, asked: {}, via: 'export' }),
        run: async (options, _calls, { location: at }) => {
          try {
            const key = exportFileKey(at, task_id);
            const { body, contentLength } = await profile.feishu.downloadExport(fileToken, options);
            const file = await deps.breaker.storing(contentLength ?? 0, () => deps.store.put(key, body));
            return { status: 'stored' as const, file };
          } catch (error) {
            if (isNoData(error)) return { status: 'token-expired' as const };
            if (error instanceof FeishuError && error.bodySha256 !== undefined) {
              return { status: 'bad' as const, sha256: error.bodySha256, reason: error.message };
            }
            throw error;
          }
        },
      });
      return { ...value, calls };
    },
  };
}

async function lookAt(
  profile: Profile,
  taskId: string,
  options: Parameters<Profile['feishu']['getExport']>[1],
): Promise<ExportTask | null> {
  try {
    return await profile.feishu.getExport(taskId, options);
  } catch (error) {
    if (isNoData(error)) return null;
    throw error;
  }
}

function nextPollMs(
  deps: CallDeps,
  profile: Profile,
  { resource, polls, age_ms }: { resource: ExportResource; polls: number; age_ms: number },
): number {
  const { limit } = deps.pacer.load(bucketOf(profile, 'getExport'));
  const gapMs = limit === null ? 0 : limit.windowMs / limit.calls;
  return Math.round(deps.polls.nextPollMs({ quota: profile.quotaOf, resource, polls, ageMs: age_ms, gapMs }));
}

function fileOf({ resource, task_id }: Pick<PollInput, 'resource' | 'task_id'>): string {
  return `file of ${resource} task ${task_id}`;
}
