/**
 * The settings, in one schema. Whatever is wrong is said at once, each with its name and what it takes; no value of a
 * secret is ever part of a message.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Limit } from '../feishu/pacer.ts';
import { proxyProblems } from '../feishu/index.ts';
import { allowsClearText, isClearText } from '../model/clear-text.ts';
import { codeOf } from '../feishu/redact.ts';
import { isTimeZone } from '../model/calendar.ts';
import { UMASK_TAKES, umaskOf } from '../model/file-modes.ts';
import { identitySchema, identitySettings, missingFor, type IdentitySettings } from './identity-settings.ts';
import { listenSchema, listenSettings, type ListenSettings } from './listen-settings.ts';
import { payloadKeysIn } from '../temporal/payload-keys.ts';
import type { SealingKey } from '../store/sealed-bytes.ts';
import { settingOrFile } from '../temporal/setting-or-file.ts';
import { traceSettingsIn, type TraceSettings } from '../temporal/trace-settings.ts';
import { NOTIFY_SECRETS, notifySchema, notifySettings, type NotifySettings } from './notify/settings.ts';
import type { SecretSetting } from './secrets.ts';
import { rawKeysIn, rawSchema, type RawKeep } from './raw-settings.ts';
import type { Policy } from '../tables/privacy.ts';
import { privacySchema } from './privacy-settings.ts';
import { sizeSchema } from './size-settings.ts';
import { goesInClear } from '../warehouse/index.ts';
import { CLEAR_WAREHOUSE, warehouseSchema, type WarehouseSettings } from './warehouse-settings.ts';

export interface ProfileSettings extends IdentitySettings {
  name: string;
  baseUrl: string;
  appId: string | null;
  appSecret: SecretSetting | null;
  userAccessToken: SecretSetting | null;
  timeZone: string;
  /** Of the store app's event subscription. */
  encryptKey: SecretSetting | null;
  verificationToken: SecretSetting | null;
}

export interface Settings {
  taskQueue: string;
  /** `work`: everything but calls. `api`: calls only. */
  role: 'all' | 'work' | 'api';
  /** Over how many leases on calls the apps are spread. */
  apiShards: number;
  dataUrl: string;
  /** What of people the tables show. */
  privacy: Policy;
  /** Null: there is no copy in a database. */
  warehouse: WarehouseSettings | null;
  /** Where log-ins lie; `key`: null where they are not sealed. */
  grants: { url: string; key: Buffer | null };
  profiles: ProfileSettings[];
  /** Whom to tell of what has ended or waits for a person. */
  notify: NotifySettings;
  /** Where it is looked at from outside. */
  listen: ListenSettings;
  /** Null: off. */
  rateLimit: Limit | null;
  exportDeadlineMs: number;
  /** Bytes: of a file that is downloaded, and of what the parts of a workbook inflate to. */
  maxDownloadBytes: number;
  maxInflatedBytes: number;
  /** How raw answers are kept. */
  rawKeep: RawKeep;
  /** What encrypts them, and opens what is; empty: nothing does. */
  rawKeys: SealingKey[];
  /** Bits that no file or folder gets that is written. */
  umask: number;
  /** What seals histories; empty: nothing does. */
  payloadKeys: SealingKey[];
  /** Null: off. */
  traces: TraceSettings | null;
  /** Null: without worker versioning. */
  deployment: { deploymentName: string; buildId: string } | null;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** Settings that cannot be worked with. `problems`: one line each, with the setting's name. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`The settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const PROFILE_SECRETS = [
  'FEISHU_APP_ID',
  'FEISHU_APP_SECRET',
  'FEISHU_USER_ACCESS_TOKEN',
  'FEISHU_ENCRYPT_KEY',
  'FEISHU_VERIFICATION_TOKEN',
] as const;
const SECRETS = [...PROFILE_SECRETS, 'FEISHU_GRANTS_KEY', 'WAREHOUSE_URL', ...NOTIFY_SECRETS] as const;

const url = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}, 'takes an http(s) URL, such as https://open.feishu.cn');
const zone = z.string().refine(isTimeZone, 'takes an IANA time zone, such as Asia/Shanghai');
const secret = z.string().min(1, 'is empty');

const DEFAULT_BASE_URL = 'https://open.feishu.cn';
const DEFAULT_ZONE = 'Asia/Shanghai';

const identity = {
  FEISHU_BASE_URL: url.default(DEFAULT_BASE_URL),
  FEISHU_APP_ID: secret.optional(),
  FEISHU_APP_SECRET: secret.optional(),
  FEISHU_USER_ACCESS_TOKEN: secret.optional(),
  FEISHU_TIME_ZONE: zone.default(DEFAULT_ZONE),
  FEISHU_ACCOUNTS_URL: url.optional(),
  ...identitySchema,
};
const profileSchema = z.strictObject(identity);
type Identity = z.output<typeof profileSchema>;

const deploymentSetting = z
  .string()
  .regex(/^[^.]+$/, 'takes the name of a worker deployment, without a dot')
  .optional();
const buildSetting = z.string().min(1, 'takes the id of this build, such as 1.4.0').optional();

const DURATION = 'takes a duration, such as 30m, 2h or 90s';
const environment = z.object({
  ...identity,
  FEISHU_GRANTS_URL: z
    .string()
    .regex(/^(?:file:.|s3:\/\/.)/i, 'takes a folder, such as file:./grants, or a bucket, s3://bucket/prefix')
    .default('file:./grants'),
  FEISHU_GRANTS_KEY: z
    .string()
    .optional()
    .transform((text, context): Buffer | null => {
      if (text === undefined) return null;
      const key = Buffer.from(text, 'base64');
      if (key.length === 32 && /^[A-Za-z0-9+/]+=*$/.test(text)) return key;
      context.addIssue({ code: 'custom', message: 'takes 32 bytes in base64, such as openssl rand -base64 32 prints' });
      return z.NEVER;
    }),
  FEISHU_ALLOW_HTTP: z
    .enum(['1', 'true', 'on', '0', 'false', 'off'], 'takes 1, true or on, else 0, false or off')
    .optional(),
  FEISHU_UMASK: z
    .string()
    .optional()
    .transform((text, context): number => {
      const umask = umaskOf(text);
      if (umask !== null) return umask;
      context.addIssue({ code: 'custom', message: UMASK_TAKES });
      return z.NEVER;
    }),
  FEISHU_TASK_QUEUE: z.string().min(1, 'takes the name of a task queue').default('feishu-vc'),
  FEISHU_PROFILES: z.string().min(1, 'takes the path of a JSON file').optional(),
  FEISHU_ALLOWED_PROFILES: z
    .string()
    .regex(/^\s*[\w.-]+(\s*,\s*[\w.-]+)*\s*$/, 'takes names of profiles, separated by commas')
    .optional(),
  FEISHU_RATE_LIMIT: z
    .string()
    .default('100/60s')
    .transform((text, context): Limit | null => {
      if (text === 'off') return null;
      const match = /^([1-9]\d{0,6})\/([1-9]\d{0,6})(ms|s|m)$/.exec(text);
      if (match) return { calls: Number(match[1]), windowMs: Number(match[2]) * UNIT_MS[match[3]!]! };
      context.addIssue({ code: 'custom', message: 'takes calls per window, such as 100/60s, or off' });
      return z.NEVER;
    }),
  FEISHU_EXPORT_DEADLINE: z
    .string()
    .default('60m')
    .transform((text, context): number => {
      const match = /^([1-9]\d{0,6})(ms|s|m|h)$/.exec(text);
      if (match) return Number(match[1]) * UNIT_MS[match[2]!]!;
      context.addIssue({ code: 'custom', message: DURATION });
      return z.NEVER;
    }),
  ...sizeSchema,
  ...rawSchema,
  ...privacySchema,
  ...notifySchema,
  ...warehouseSchema,
  ...listenSchema,
  TEMPORAL_DEPLOYMENT_NAME: deploymentSetting,
  FEISHU_DEPLOYMENT_NAME: deploymentSetting,
  TEMPORAL_WORKER_BUILD_ID: buildSetting,
  FEISHU_BUILD_ID: buildSetting,
  FEISHU_ROLE: z
    .enum(['all', 'work', 'api'], 'takes all, work (everything but calls) or api (calls only)')
    .default('all'),
  FEISHU_API_SHARDS: z
    .string()
    .regex(/^([1-9]|[12]\d|3[0-2])$/, 'takes a whole number from 1 to 32')
    .default('1')
    .transform(Number),
  DATA_URL: z.string().min(1, 'takes a URL, such as file:./data').default('file:./data'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'takes debug, info, warn or error').default('info'),
});
const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** @throws SettingsError that lists all that is wrong */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { keys: payloadKeys, problems: ofKeys } = payloadKeysIn(env);
  const { settings: traces, problems: ofTraces } = traceSettingsIn(env);
  const problems: string[] = [
    ...proxyProblems(env),
    ...clearTextIn(env, { env, where: '' }),
    ...untrustingIn(env),
    ...ofKeys,
    ...ofTraces,
  ];
  const allowed = namesIn(env['FEISHU_ALLOWED_PROFILES']);
  const path = env['FEISHU_PROFILES'] || undefined;
  const isServed = (name: string): boolean => allowed === null || allowed.includes(name);
  const parsed = environment.safeParse(withFiles(isServed('default') ? env : withoutOwn(env), '', problems));
  if (!parsed.success) problems.push(...problemsOf(parsed.error, ''));
  const named = path === undefined ? [] : readProfiles(path, { env, isServed, problems });
  if (!parsed.success) throw new SettingsError(problems);
  const settings = parsed.data;
  const own = profileOf('default', settings, env);
  const usesDefault = own.appId !== null || own.appSecret !== null || own.userAccessToken !== null;
  const takesOwn = usesDefault && isServed('default') && !named.some((profile) => profile.name === 'default');
  const profiles = takesOwn ? [own, ...named] : named;
  problems.push(...absent(profiles, { allowed, isTold: problems.length > 0 }));
  for (const profile of profiles) problems.push(...incomplete(profile));
  const deployment = deploymentOf(settings, problems);
  const notify = notifySettings((name) => secretSetting(name, settings[name], env), problems);
  const listen = listenSettings(settings, problems);
  const warehouse = warehouseIn(settings, { env, problems });
  const { keys: rawKeys, problems: ofRawKeys } = rawKeysIn(env, settings.RAW_KEEP);
  problems.push(...ofRawKeys);
  if (problems.length > 0) throw new SettingsError(problems);
  return {
    taskQueue: settings.FEISHU_TASK_QUEUE,
    role: settings.FEISHU_ROLE,
    apiShards: settings.FEISHU_API_SHARDS,
    dataUrl: settings.DATA_URL,
    privacy: settings.FEISHU_PRIVACY,
    warehouse,
    grants: { url: settings.FEISHU_GRANTS_URL, key: settings.FEISHU_GRANTS_KEY },
    profiles,
    notify,
    listen,
    rateLimit: settings.FEISHU_RATE_LIMIT,
    exportDeadlineMs: settings.FEISHU_EXPORT_DEADLINE,
    maxDownloadBytes: settings.FEISHU_MAX_DOWNLOAD,
    maxInflatedBytes: settings.FEISHU_MAX_XLSX,
    rawKeep: settings.RAW_KEEP,
    rawKeys,
    umask: settings.FEISHU_UMASK,
    payloadKeys,
    traces,
    deployment,
    logLevel: settings.LOG_LEVEL,
  };
}

const HOSTS = ['FEISHU_BASE_URL', 'FEISHU_ACCOUNTS_URL'] as const;

/** Settings by which secrets would go over a network in clear text. Beside the schema, since another setting may allow it. */
function clearTextIn(
  values: Record<string, unknown>,
  { env, where }: { env: NodeJS.ProcessEnv; where: string },
): string[] {
  if (allowsClearText(env['FEISHU_ALLOW_HTTP'])) return [];
  return HOSTS.filter((name) => {
    const text = values[name];
    return typeof text === 'string' && URL.canParse(text) && isClearText(text);
  }).map(
    (name) =>
      `${where}${name}: takes https; by http the app's secret can be read on the way ` +
      '(for a sandbox in a network of your own: FEISHU_ALLOW_HTTP=1)',
  );
}

/** For every program that reaches something by TLS. */
export function untrustingIn(env: NodeJS.ProcessEnv): string[] {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return [];
  return [
    'NODE_TLS_REJECT_UNAUTHORIZED: is 0, so anybody could pose as Feishu, the database or the bucket; take it away, ' +
      'and name a certificate of your own in NODE_EXTRA_CA_CERTS',
  ];
}

/** Null: all. The schema says what is wrong with it. */
function namesIn(text: string | undefined): string[] | null {
  return text === undefined || text === '' ? null : text.split(',').map((name) => name.trim());
}

/** Profiles that there ought to be. `isTold`: something else is wrong, which may be why. */
function absent(
  profiles: readonly ProfileSettings[],
  { allowed, isTold }: { allowed: readonly string[] | null; isTold: boolean },
): string[] {
  if (isTold) return [];
  const names = new Set(profiles.map(({ name }) => name));
  if (allowed !== null) {
    const unknown = allowed.filter((name) => !names.has(name));
    return unknown.map((name) => `FEISHU_ALLOWED_PROFILES: names ${name}, which is not configured`);
  }
  if (names.size > 0) return [];
  return [
    'FEISHU_APP_ID and FEISHU_APP_SECRET (or FEISHU_USER_ACCESS_TOKEN, or FEISHU_PROFILES): missing; a worker needs one identity',
  ];
}

/** Each of the two has Temporal's name, as its tools set it, and one of ours. */
function deploymentOf(settings: z.output<typeof environment>, problems: string[]): Settings['deployment'] {
  const either = (name: DeploymentSetting, alias: DeploymentSetting): string | undefined => {
    const [value, other] = [settings[name], settings[alias]];
    if (value !== undefined && other !== undefined && value !== other) {
      problems.push(`${name}: is "${value}", and ${alias}, which means the same, is "${other}"; set one of them`);
    }
    return value ?? other;
  };
  const deploymentName = either('TEMPORAL_DEPLOYMENT_NAME', 'FEISHU_DEPLOYMENT_NAME');
  const buildId = either('TEMPORAL_WORKER_BUILD_ID', 'FEISHU_BUILD_ID');
  if (deploymentName !== undefined && buildId !== undefined) return { deploymentName, buildId };
  if (deploymentName !== undefined || buildId !== undefined) {
    const missing = deploymentName === undefined ? 'TEMPORAL_DEPLOYMENT_NAME' : 'TEMPORAL_WORKER_BUILD_ID';
    problems.push(
      `${missing}: missing; worker versioning takes TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID, or neither`,
    );
  }
  return null;
}

type DeploymentSetting =
  'TEMPORAL_DEPLOYMENT_NAME' | 'FEISHU_DEPLOYMENT_NAME' | 'TEMPORAL_WORKER_BUILD_ID' | 'FEISHU_BUILD_ID';

/** Without the secrets of the default profile, so that no file of them is read. */
function withoutOwn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = new Set<string>(PROFILE_SECRETS.flatMap((name) => [name, `${name}_FILE`]));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !own.has(name)));
}

/** An empty value counts as absent; `NAME_FILE` gives a secret by the path of a file. */
function withFiles(values: Record<string, unknown>, where: string, problems: string[]): Record<string, unknown> {
  const read: Record<string, unknown> = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
  for (const name of SECRETS) {
    const given = settingOrFile(read, name);
    delete read[`${name}_FILE`];
    if (!given.isFile) continue;
    problems.push(...given.problems.map((problem) => where + problem));
    if (given.text !== undefined) read[name] = given.text;
  }
  return read;
}

/** By the errno alone: the path may be the secret itself, pasted into the wrong setting. */
function unreadable(error: unknown): string {
  return `cannot be read (${codeOf(error) ?? 'no file'})`;
}

/** Of those that are not served here no secret is read. */
function readProfiles(
  path: string,
  { env, isServed, problems }: { env: NodeJS.ProcessEnv; isServed: (name: string) => boolean; problems: string[] },
): ProfileSettings[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    // A parser's message may quote the file, which holds secrets.
    const why =
      error instanceof SyntaxError
        ? 'the file is not valid JSON'
        : `${unreadable(error)}; it takes the path of a JSON file`;
    problems.push(`FEISHU_PROFILES: ${why}`);
    return [];
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push('FEISHU_PROFILES: the file takes one JSON object, profile name → settings');
    return [];
  }
  const profiles: ProfileSettings[] = [];
  for (const [index, [name, value]] of Object.entries(content).entries()) {
    if (!isServed(name)) continue;
    const where = `FEISHU_PROFILES: ${name}: `;
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
      problems.push(`FEISHU_PROFILES: name ${index + 1} in the file takes letters, digits, . _ -`);
    } else if (typeof value !== 'object' || value === null) {
      problems.push(`${where}takes an object with FEISHU_APP_ID, FEISHU_APP_SECRET, …`);
    } else {
      problems.push(...clearTextIn(value as Record<string, unknown>, { env, where }));
      const parsed = profileSchema.safeParse(withFiles(value as Record<string, unknown>, where, problems));
      if (parsed.success) profiles.push(profileOf(name, parsed.data, value as Record<string, unknown>));
      else problems.push(...problemsOf(parsed.error, where));
    }
  }
  return profiles;
}

/** `given`: the settings as they stood, with the paths of files. Null: not set. */
function secretSetting(
  setting: string,
  value: string | undefined,
  given: Record<string, unknown>,
): SecretSetting | null {
  if (value === undefined) return null;
  const path = given[`${setting}_FILE`];
  if (typeof path !== 'string' || path === '') return { setting, value, path: null };
  return { setting: `${setting}_FILE`, value, path };
}

/** Those of the warehouse alone, for a program that needs no others. @throws SettingsError */
export function readWarehouseSettings(env: NodeJS.ProcessEnv): WarehouseSettings | null {
  const problems: string[] = untrustingIn(env);
  const parsed = z.object(warehouseSchema).safeParse(withFiles(env, '', problems));
  if (!parsed.success) problems.push(...problemsOf(parsed.error, ''));
  const warehouse = parsed.success ? warehouseIn(parsed.data, { env, problems }) : null;
  if (problems.length > 0) throw new SettingsError(problems);
  return warehouse;
}

function warehouseIn(
  settings: z.output<z.ZodObject<typeof warehouseSchema>>,
  { env, problems }: { env: NodeJS.ProcessEnv; problems: string[] },
): WarehouseSettings | null {
  const given = secretSetting('WAREHOUSE_URL', settings.WAREHOUSE_URL, env);
  if (given === null) return null;
  const allowsClear = allowsClearText(settings.WAREHOUSE_ALLOW_CLEAR);
  if (!allowsClear && goesInClear(given.value)) problems.push(CLEAR_WAREHOUSE);
  return { url: given, schema: settings.WAREHOUSE_SCHEMA, allowsClear };
}

/** `given`: as above. */
function profileOf(name: string, settings: Identity, given: Record<string, unknown>): ProfileSettings {
  const secretAt = (setting: (typeof PROFILE_SECRETS)[number]): SecretSetting | null =>
    secretSetting(setting, settings[setting], given);
  const baseUrl = settings.FEISHU_BASE_URL.replace(/\/+$/, '');
  return {
    name,
    baseUrl,
    appId: settings.FEISHU_APP_ID ?? null,
    appSecret: secretAt('FEISHU_APP_SECRET'),
    userAccessToken: secretAt('FEISHU_USER_ACCESS_TOKEN'),
    timeZone: settings.FEISHU_TIME_ZONE,
    ...identitySettings(settings, baseUrl),
    encryptKey: secretAt('FEISHU_ENCRYPT_KEY'),
    verificationToken: secretAt('FEISHU_VERIFICATION_TOKEN'),
  };
}

function incomplete(profile: ProfileSettings): string[] {
  const of = profile.name === 'default' ? '' : ` of profile ${profile.name}`;
  return missingFor(profile).map(({ setting, takes }) => `${setting}${of}: missing; it takes ${takes}`);
}

function problemsOf(error: z.ZodError, where: string): string[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${where}${key}: unknown setting`);
    return [`${where}${issue.path.join('.')}: ${issue.message}`];
  });
}
