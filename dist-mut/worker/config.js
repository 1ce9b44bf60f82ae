/**
 * The settings, in one schema. Whatever is wrong is said at once, each with its name and what it takes; no value of a
 * secret is ever part of a message.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { isTimeZone } from '../model/calendar.js';
/** Settings that cannot be worked with. `problems`: one line each, with the setting's name. */
export class SettingsError extends Error {
    name = 'SettingsError';
    problems;
    constructor(problems) {
        super(`The settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
        this.problems = problems;
    }
}
const SECRETS = ['FEISHU_APP_ID', 'FEISHU_APP_SECRET', 'FEISHU_USER_ACCESS_TOKEN'];
const url = z.string().refine((text) => {
    if (!URL.canParse(text))
        return false;
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
};
const profileSchema = z.strictObject(identity);
const DURATION = 'takes a duration, such as 30m, 2h or 90s';
const environment = z.object({
    ...identity,
    FEISHU_TASK_QUEUE: z.string().min(1, 'takes the name of a task queue').default('feishu-vc'),
    FEISHU_PROFILES: z.string().min(1, 'takes the path of a JSON file').optional(),
    FEISHU_RATE_LIMIT: z
        .string()
        .default('100/60s')
        .transform((text, context) => {
        if (text === 'off')
            return null;
        const match = /^([1-9]\d{0,6})\/([1-9]\d{0,6})(ms|s|m)$/.exec(text);
        if (match)
            return { calls: Number(match[1]), windowMs: Number(match[2]) * UNIT_MS[match[3]] };
        context.addIssue({ code: 'custom', message: 'takes calls per window, such as 100/60s, or off' });
        return z.NEVER;
    }),
    FEISHU_EXPORT_DEADLINE: z
        .string()
        .default('60m')
        .transform((text, context) => {
        const match = /^([1-9]\d{0,6})(ms|s|m|h)$/.exec(text);
        if (match)
            return Number(match[1]) * UNIT_MS[match[2]];
        context.addIssue({ code: 'custom', message: DURATION });
        return z.NEVER;
    }),
    FEISHU_DEPLOYMENT_NAME: z
        .string()
        .regex(/^[^.]+$/, 'takes the name of a worker deployment, without a dot')
        .optional(),
    FEISHU_BUILD_ID: z.string().min(1, 'takes the id of this build, such as 1.4.0').optional(),
    DATA_URL: z.string().min(1, 'takes a URL, such as file:./data').default('file:./data'),
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'takes debug, info, warn or error').default('info'),
});
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** @throws SettingsError that lists all that is wrong */
export function readSettings(env) {
    const problems = [];
    const parsed = environment.safeParse(withFiles(env, '', problems));
    if (!parsed.success)
        problems.push(...problemsOf(parsed.error, ''));
    const path = env['FEISHU_PROFILES'];
    const named = path === undefined || path === '' ? [] : readProfiles(path, problems);
    if (!parsed.success)
        throw new SettingsError(problems);
    const settings = parsed.data;
    const own = profileOf('default', settings);
    const usesDefault = own.appId !== null || own.appSecret !== null || own.userAccessToken !== null;
    const profiles = usesDefault && !named.some((profile) => profile.name === 'default') ? [own, ...named] : named;
    if (profiles.length === 0 && problems.length === 0) {
        problems.push('FEISHU_APP_ID and FEISHU_APP_SECRET (or FEISHU_USER_ACCESS_TOKEN, or FEISHU_PROFILES): missing; a worker needs one identity');
    }
    for (const profile of profiles)
        problems.push(...incomplete(profile));
    const { FEISHU_DEPLOYMENT_NAME: deploymentName, FEISHU_BUILD_ID: buildId } = settings;
    if ((deploymentName === undefined) !== (buildId === undefined)) {
        const missing = deploymentName === undefined ? 'FEISHU_DEPLOYMENT_NAME' : 'FEISHU_BUILD_ID';
        problems.push(`${missing}: missing; worker versioning takes FEISHU_DEPLOYMENT_NAME and FEISHU_BUILD_ID, or neither`);
    }
    if (problems.length > 0)
        throw new SettingsError(problems);
    return {
        taskQueue: settings.FEISHU_TASK_QUEUE,
        dataUrl: settings.DATA_URL,
        profiles,
        rateLimit: settings.FEISHU_RATE_LIMIT,
        exportDeadlineMs: settings.FEISHU_EXPORT_DEADLINE,
        deployment: deploymentName === undefined || buildId === undefined ? null : { deploymentName, buildId },
        logLevel: settings.LOG_LEVEL,
    };
}
/** An empty value counts as absent; `NAME_FILE` gives a secret by the path of a file. */
function withFiles(values, where, problems) {
    const read = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
    for (const name of SECRETS) {
        const path = read[`${name}_FILE`];
        delete read[`${name}_FILE`];
        if (typeof path !== 'string')
            continue;
        if (read[name] !== undefined)
            problems.push(`${where}${name}: is given twice, by itself and by ${name}_FILE`);
        try {
            read[name] = readFileSync(path, 'utf8').trim();
        }
        catch (error) {
            problems.push(`${where}${name}_FILE: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
        }
    }
    return read;
}
function readProfiles(path, problems) {
    let content;
    try {
        content = JSON.parse(readFileSync(path, 'utf8'));
    }
    catch (error) {
        // A parser's message may quote the file, which holds secrets.
        const why = error instanceof SyntaxError ? 'is not valid JSON' : 'cannot be read';
        problems.push(`FEISHU_PROFILES: ${path} ${why}`);
        return [];
    }
    if (typeof content !== 'object' || content === null || Array.isArray(content)) {
        problems.push(`FEISHU_PROFILES: ${path} takes one JSON object, profile name → settings`);
        return [];
    }
    const profiles = [];
    for (const [name, value] of Object.entries(content)) {
        const where = `FEISHU_PROFILES: ${name}: `;
        if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
            problems.push(`${where}takes letters, digits, . _ - as a name`);
        }
        else if (typeof value !== 'object' || value === null) {
            problems.push(`${where}takes an object with FEISHU_APP_ID, FEISHU_APP_SECRET, …`);
        }
        else {
            const parsed = profileSchema.safeParse(withFiles(value, where, problems));
            if (parsed.success)
                profiles.push(profileOf(name, parsed.data));
            else
                problems.push(...problemsOf(parsed.error, where));
        }
    }
    return profiles;
}
function profileOf(name, settings) {
    return {
        name,
        baseUrl: settings.FEISHU_BASE_URL.replace(/\/+$/, ''),
        appId: settings.FEISHU_APP_ID ?? null,
        appSecret: settings.FEISHU_APP_SECRET ?? null,
        userAccessToken: settings.FEISHU_USER_ACCESS_TOKEN ?? null,
        timeZone: settings.FEISHU_TIME_ZONE,
    };
}
function incomplete({ name, appId, appSecret, userAccessToken }) {
    if (userAccessToken !== null)
        return [];
    const of = name === 'default' ? '' : ` of profile ${name}`;
    return [
        ...(appId === null ? [`FEISHU_APP_ID${of}: missing; it takes the app id, cli_…`] : []),
        ...(appSecret === null ? [`FEISHU_APP_SECRET${of}: missing; it takes the app's secret`] : []),
    ];
}
function problemsOf(error, where) {
    return error.issues.flatMap((issue) => {
        if (issue.code === 'unrecognized_keys')
            return issue.keys.map((key) => `${where}${key}: unknown setting`);
        return [`${where}${issue.path.join('.')}: ${issue.message}`];
    });
}
//# sourceMappingURL=config.js.map