/** Flags of `feishu-vc sandbox` and of `node dist/sandbox/main.js`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { SCENARIOS } from './causes.ts';
import { parseFaultRule } from './faults.ts';
import type { FaultRule } from './faults.ts';
import { parseRateLimit } from './limiter.ts';
import { WINDOW_SEMANTICS } from './options.ts';
import type { SandboxApp, SandboxOptions, SandboxUserToken } from './options.ts';
import { startSandbox } from './server.ts';
import { DATASETS } from './truth.ts';
import type { Dataset } from './truth.ts';

const EXAMPLE = `
Example:
  $ feishu-vc sandbox --port 8070 --meetings-per-day 50 --task-delay 200-1000 \\
      --fault '{"on":"all","kind":"500","rate":0.02}'`;

interface Flags extends Omit<SandboxOptions, 'apps' | 'userTokens' | 'taskDelayMs' | 'faults'> {
  app: SandboxApp[];
  storeApp: SandboxApp[];
  userToken: SandboxUserToken[];
  taskDelay?: [number, number];
  headers?: 'zh' | 'en';
  now?: number;
  fault: FaultRule[];
  retention?: Partial<Record<Dataset, number>>;
}

/** The command; its action starts the sandbox, prints one line with its URL and runs until SIGINT or SIGTERM. */
export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('Run a Feishu that serves generated meetings, for trials and tests')
    .option('--port <number>', 'port, 0 for a free one', whole, 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--seed <text>', 'same seed, same data')
    .option('--time-zone <zone>', "the tenant's zone: IANA name or +08:00")
    .option('--meetings-per-day <number>', 'meetings that start on a day', whole)
    .option('--participants-per-meeting <number>', 'mean', whole)
    .option('--minutes-per-meeting <number>', 'longest meeting', whole)
    .option('--people <number>', 'people in the directory', whole)
    .option('--rooms <number>', 'meeting rooms', whole)
    .option('--no-long-meetings', 'no meeting of over 24 h')
    .option('--no-empty-days', 'no Sunday without meetings')
    .option('--disagreement-rate <share>', 'quality cells where file and list differ', share)
    .addOption(
      new Option('--scenario <kind>', 'clean, or planted: with causes of bad calls to be found').choices([
        ...SCENARIOS,
      ]),
    )
    .option('--app <id:secret>', 'an app that may call; repeatable', addApp, [])
    .option('--user-token <token:user>', 'a fixed user token; repeatable', addUserToken, [])
    .option('--token-lifetime-ms <ms>', 'life of a tenant token', whole)
    .option(
      '--store-app <json>',
      'a store app: {"app_id", "app_secret", "events": {"url", "encryptKey", "verificationToken"}}; repeatable',
      addStoreApp,
      [],
    )
    .option('--bot-secret <text>', "what signs the cards that a group's bot takes")
    .option('--access-token-ms <ms>', "life of a user's access token", whole)
    .option('--refresh-token-ms <ms>', "life of a user's refresh token", whole)
    .option('--no-device-flow', 'no log-in by device code')
    .option('--rate-limit <calls/window>', '100/60s for each app and endpoint, or off', rateLimit)
    .addOption(new Option('--window <kind>', 'rate window').choices(['fixed', 'sliding']))
    .addOption(
      new Option('--throttle-status <status>', 'HTTP status of a throttled call')
        .choices(['429', '400'])
        .argParser(Number),
    )
    .option('--task-delay <min-max>', 'processing time of a task in ms', delayRange)
    .addOption(new Option('--window-semantics <kind>', 'what a time window means').choices([...WINDOW_SEMANTICS]))
    .option('--answer-delay-ms <ms>', 'time that every answer takes', whole)
    .option('--null-marker <text>', 'a missing value in a file')
    .addOption(new Option('--headers <language>', 'language of file headers').choices(['zh', 'en']))
    .option('--file-starts-to-the-minute', 'files give the start of a meeting without its seconds')
    .option('--rooms-have-user-ids', 'the list of participants gives rooms a user id too')
    .option('--task-ttl-ms <ms>', 'age at which a task is forgotten', whole)
    .option('--file-ttl-ms <ms>', 'life of a file token', whole)
    .option('--data-lag-ms <ms>', 'quality appears so long after a meeting', whole)
    .option('--retention <json>', 'days kept, {"quality": 30}', retention)
    .option('--now <instant>', 'start the clock at this ISO 8601 instant', instant)
    .option('--fault <json>', 'a fault rule; repeatable', addFault, [])
    .addHelpText('after', EXAMPLE)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { app, storeApp, userToken, taskDelay, headers, now, fault, retention: retentionDays, ...same } = flags;
  const sandbox = await startSandbox({
    ...same,
    ...(app.length + storeApp.length > 0 ? { apps: [...app, ...storeApp] } : {}),
    userTokens: userToken,
    ...(taskDelay ? { taskDelayMs: taskDelay } : {}),
    ...(headers ? { headerLanguage: headers } : {}),
    ...(now === undefined ? {} : { clockOffsetMs: now - Date.now() }),
    ...(retentionDays ? { retentionDays } : {}),
    faults: fault,
  });
  process.stdout.write(`Feishu sandbox at ${sandbox.url}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await sandbox.close();
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('It must be between 0 and 1.');
  return value;
}

function delayRange(text: string): [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) throw new InvalidArgumentError('It must be like 200-1000.');
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

function rateLimit(text: string): string {
  try {
    parseRateLimit(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function instant(text: string): number {
  const unixMs = Date.parse(text);
  if (Number.isNaN(unixMs)) throw new InvalidArgumentError('It must be like 2026-11-02T09:00:00+08:00.');
  return unixMs;
}

function pair(text: string): [string, string] {
  const colon = text.indexOf(':');
  if (colon < 1) throw new InvalidArgumentError('It must be two values with a colon between them.');
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function addApp(text: string, apps: SandboxApp[]): SandboxApp[] {
  const [app_id, app_secret] = pair(text);
  return [...apps, { app_id, app_secret }];
}

const storeAppSchema = z.strictObject({
  app_id: z.string(),
  app_secret: z.string(),
  events: z.strictObject({ url: z.url(), encryptKey: z.string(), verificationToken: z.string() }).exactOptional(),
});

function addStoreApp(text: string, apps: SandboxApp[]): SandboxApp[] {
  const parsed = storeAppSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new InvalidArgumentError(z.prettifyError(parsed.error));
  return [...apps, { ...parsed.data, app_type: 'store' }];
}

function addUserToken(text: string, tokens: SandboxUserToken[]): SandboxUserToken[] {
  const [token, user] = pair(text);
  return [...tokens, { token, user }];
}

function retention(text: string): Partial<Record<Dataset, number>> {
  const days = z.partialRecord(z.enum(DATASETS), z.number().min(0)).safeParse(parseJson(text));
  if (!days.success) throw new InvalidArgumentError(z.prettifyError(days.error));
  return days.data;
}

function addFault(text: string, rules: FaultRule[]): FaultRule[] {
  try {
    return [...rules, parseFaultRule(parseJson(text))];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError(error.message);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It must be JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
