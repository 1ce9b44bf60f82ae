/** Options of a sandbox, and their defaults. */
import type { SandboxUser } from './api.ts';
import type { Scenario } from './causes.ts';
import type { Dataset } from './truth.ts';
import type { FaultRule } from './faults.ts';
import { parseRateLimit } from './limiter.ts';
import type { Limit, WindowKind } from './limiter.ts';
import { drawsFor } from './random.ts';

export interface SandboxApp {
  app_id: string;
  app_secret: string;
  /** Default: every scope that the endpoints ask for. */
  scopes?: string[];
  /** Whether the app's creator holds the Meeting management right. Default true. */
  creatorHasRight?: boolean;
  /** Default custom. A store app gets its tokens by tickets (A3 to A5), for each of its tenants. */
  app_type?: 'custom' | 'store';
  /** Where a store app takes its events, encrypted and signed as it asks for. */
  events?: { url: string; encryptKey: string; verificationToken: string };
  /** Addresses that a consent page may lead back to. Default: any on this machine. */
  redirectUrls?: string[];
  /** The switch "refresh user_access_token" of the console. Default true. */
  mayRefresh?: boolean;
}

export type SandboxPerson = Pick<SandboxUser, 'open_id' | 'name'> & Partial<SandboxUser>;

export interface SandboxUserToken {
  token: string;
  /** The user's name in the ledger and the owner of the tasks. */
  user: string;
  /** Default true. */
  hasRight?: boolean;
  /** App that the token was issued to: its buckets count the calls. Default: the first app. */
  app_id?: string;
  scopes?: string[];
  /** Unix milliseconds; afterwards the answer is 99991677. Default: never. */
  expiresAtMs?: number;
}

/** Which meetings (and reservations) a time window means: Feishu does not document it. */
export type WindowSemantics = 'overlaps' | 'starts-in' | 'ends-in' | 'contained';
export const WINDOW_SEMANTICS = ['overlaps', 'starts-in', 'ends-in', 'contained'] as const satisfies WindowSemantics[];

export interface SandboxOptions {
  /** Default 0: a free one. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default `sandbox`. Same seed, same tenant, ids and secrets of tasks apart. */
  seed?: string;
  /** The tenant's zone: IANA name or fixed offset (`+08:00`). Default Asia/Shanghai. */
  timeZone?: string;
  /** Meetings that start on a day, exactly. Default 20. One external meeting and now and then a webinar come on top. */
  meetingsPerDay?: number;
  /** Mean. Default 5. */
  participantsPerMeeting?: number;
  /** Longest meeting in minutes. Default 60. */
  minutesPerMeeting?: number;
  /** Default 200, or three times the participants of a meeting. */
  people?: number;
  /** Default 12. */
  rooms?: number;
  /** Every tenth day has a meeting of 26 h. Default true. */
  longMeetings?: boolean;
  /** Some Sundays have no meeting. Default true. */
  emptyDays?: boolean;
  /** Share of quality cells where the XLSX disagrees with the list. Default 0. */
  disagreementRate?: number;
  /** Default `clean`: nothing is wrong. `planted`: the causes of sandbox/causes.ts. */
  scenario?: Scenario;
  /** Default: cli_sandbox / sandbox-secret. */
  apps?: SandboxApp[];
  userTokens?: SandboxUserToken[];
  /** Who can log in on the consent page. Default: one admin. */
  persons?: SandboxPerson[];
  /** Lives of user tokens. Defaults two hours and seven days. */
  accessTokenMs?: number;
  refreshTokenMs?: number;
  /** How long after a consent no refresh works any more. Default 365 days. */
  consentMs?: number;
  /** Life of a device code, and the pace at which it may be asked about. Defaults 240 s and 5 s. */
  deviceCodeMs?: number;
  deviceIntervalMs?: number;
  /** False: the host has no device flow, which is not documented. Default true. */
  deviceFlow?: boolean;
  /** Tenants that have a store app installed. */
  tenantKeys?: string[];
  /** Between two tickets that store apps are sent. Default one hour. */
  ticketEveryMs?: number;
  /** What signs the cards that the bot of a group takes, at `/open-apis/bot/v2/hook/…`. Default: unsigned ones are taken. */
  botSecret?: string;
  /** Life of a tenant token. Default two hours. */
  tokenLifetimeMs?: number;
  /** A token with less life left is replaced by A1. Default 30 minutes, or a quarter of a shorter life. */
  tokenRenewalMs?: number;
  /** Per app and endpoint, `100/60s` by default, or `off` (then R1 and R2 are unlimited too). */
  rateLimit?: string;
  /** Default fixed. */
  window?: WindowKind;
  /** Default 429. */
  throttleStatus?: 429 | 400;
  /** Shortest and longest processing time of a task. Default 2 to 30 s. */
  taskDelayMs?: [min: number, max: number];
  /** Default overlaps. */
  windowSemantics?: WindowSemantics;
  /** Time that every answer takes. Default 0. */
  answerDelayMs?: number;
  /** What a missing value looks like in a file. Default `-`. */
  nullMarker?: string;
  /** Default zh. Enum values and free texts are Chinese in both. */
  headerLanguage?: 'zh' | 'en';
  /** Files give the start of a meeting without its seconds. Default false. */
  fileStartsToTheMinute?: boolean;
  /** L2 gives rooms a user id too, by which L3 does not know them. Default false. */
  roomsHaveUserIds?: boolean;
  /** Age at which a task is forgotten. Default 7 days. */
  taskTtlMs?: number;
  /** Life of a file token; E5 then hands out another one. Default one day. */
  fileTtlMs?: number;
  /** Quality is not there until so long after the meeting's end. Default 0. */
  dataLagMs?: number;
  /** Older data is gone. Default: kept for ever. */
  retentionDays?: Partial<Record<Dataset, number>>;
  /** The tenant's clock, for tests that move it. It drives windows, tokens and tasks too. */
  nowMs?: () => number;
  /** Shifts the real clock: a sandbox that lives on another day. */
  clockOffsetMs?: number;
  faults?: FaultRule[];
}

export type Settings = Required<
  Omit<SandboxOptions, 'nowMs' | 'rateLimit' | 'apps' | 'userTokens' | 'persons' | 'botSecret'>
> & {
  botSecret: string | undefined;
  nowMs: (() => number) | undefined;
  rateLimit: Limit | undefined;
  apps: AppSettings[];
  userTokens: SandboxUserToken[];
  persons: SandboxUser[];
};

export type AppSettings = Required<Omit<SandboxApp, 'events'>> & Pick<SandboxApp, 'events'>;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const ALL_SCOPES = [
  'vc:export',
  'vc:room:readonly',
  'vc:rooms.room.detailinfo:read',
  'contact:user.employee_id:readonly',
  'offline_access',
];

const APP_DEFAULTS: Omit<AppSettings, 'app_id' | 'app_secret'> = {
  scopes: ALL_SCOPES,
  creatorHasRight: true,
  app_type: 'custom',
  redirectUrls: [],
  mayRefresh: true,
};

/** Throws RangeError for values that make no sandbox. */
export function resolveOptions(options: SandboxOptions): Settings {
  const participants = options.participantsPerMeeting ?? 5;
  const tokenLifetimeMs = options.tokenLifetimeMs ?? 2 * HOUR_MS;
  const apps = options.apps ?? [{ app_id: 'cli_sandbox', app_secret: 'sandbox-secret' }];
  const settings: Settings = {
    port: 0,
    host: '127.0.0.1',
    seed: 'sandbox',
    timeZone: 'Asia/Shanghai',
    meetingsPerDay: 20,
    participantsPerMeeting: participants,
    minutesPerMeeting: 60,
    people: Math.max(200, Math.ceil(participants * 3)),
    rooms: 12,
    longMeetings: true,
    emptyDays: true,
    disagreementRate: 0,
    scenario: 'clean',
    accessTokenMs: 2 * HOUR_MS,
    refreshTokenMs: 7 * DAY_MS,
    consentMs: 365 * DAY_MS,
    deviceCodeMs: 240_000,
    deviceIntervalMs: 5000,
    deviceFlow: true,
    tenantKeys: ['tenant-of-the-sandbox'],
    ticketEveryMs: HOUR_MS,
    tokenLifetimeMs,
    tokenRenewalMs: Math.min(30 * MINUTE_MS, tokenLifetimeMs / 4),
    window: 'fixed',
    throttleStatus: 429,
    taskDelayMs: [2000, 30_000],
    windowSemantics: 'overlaps',
    answerDelayMs: 0,
    nullMarker: '-',
    headerLanguage: 'zh',
    fileStartsToTheMinute: false,
    roomsHaveUserIds: false,
    taskTtlMs: 7 * DAY_MS,
    fileTtlMs: DAY_MS,
    dataLagMs: 0,
    retentionDays: {},
    clockOffsetMs: 0,
    faults: [],
    ...options,
    botSecret: options.botSecret,
    nowMs: options.nowMs,
    rateLimit: parseRateLimit(options.rateLimit ?? '100/60s'),
    apps: apps.map((app) => ({ ...APP_DEFAULTS, ...app })),
    persons: (options.persons ?? [{ open_id: 'ou_sandbox_admin', name: '管理员' }]).map((person) => ({
      hasRight: true,
      ...person,
    })),
    userTokens: options.userTokens ?? [],
  };
  checkSettings(settings);
  return settings;
}

function checkSettings(settings: Settings): void {
  const atLeast = (name: keyof Settings, least: number): void => {
    const value = settings[name];
    if (typeof value !== 'number' || !(value >= least)) throw new RangeError(`${name} must be at least ${least}`);
  };
  for (const name of ['meetingsPerDay', 'rooms', 'answerDelayMs', 'dataLagMs', 'disagreementRate'] as const) {
    atLeast(name, 0);
  }
  for (const name of ['participantsPerMeeting', 'minutesPerMeeting', 'people', 'taskTtlMs', 'fileTtlMs'] as const) {
    atLeast(name, 1);
  }
  const [min, max] = settings.taskDelayMs;
  if (!(min >= 0 && max >= min)) throw new RangeError('taskDelayMs must be [min, max] with 0 <= min <= max');
  if (settings.apps.length === 0) throw new RangeError('apps must name at least one app');
}

/** Deterministic for one sandbox: the n-th task takes as long in every run. */
export const taskDelay = ({ seed, taskDelayMs: [min, max] }: Settings, taskNumber: number): number =>
  drawsFor(seed, 'task', taskNumber).int(min, max);
