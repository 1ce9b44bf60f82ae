import { parseRateLimit } from './limiter.js';
import { drawsFor } from './random.js';
export const WINDOW_SEMANTICS = ['overlaps', 'starts-in', 'ends-in', 'contained'];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
export const ALL_SCOPES = ['vc:export', 'vc:room:readonly', 'contact:user.employee_id:readonly'];
/** Throws RangeError for values that make no sandbox. */
export function resolveOptions(options) {
    const participants = options.participantsPerMeeting ?? 5;
    const tokenLifetimeMs = options.tokenLifetimeMs ?? 2 * HOUR_MS;
    const apps = options.apps ?? [{ app_id: 'cli_sandbox', app_secret: 'sandbox-secret' }];
    const settings = {
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
        tokenLifetimeMs,
        tokenRenewalMs: Math.min(30 * MINUTE_MS, tokenLifetimeMs / 4),
        window: 'fixed',
        throttleStatus: 429,
        taskDelayMs: [2000, 30_000],
        windowSemantics: 'overlaps',
        answerDelayMs: 0,
        nullMarker: '-',
        headerLanguage: 'zh',
        taskTtlMs: 7 * DAY_MS,
        fileTtlMs: DAY_MS,
        dataLagMs: 0,
        retentionDays: {},
        clockOffsetMs: 0,
        faults: [],
        ...options,
        nowMs: options.nowMs,
        rateLimit: parseRateLimit(options.rateLimit ?? '100/60s'),
        apps: apps.map((app) => ({ scopes: ALL_SCOPES, creatorHasRight: true, ...app })),
        userTokens: options.userTokens ?? [],
    };
    checkSettings(settings);
    return settings;
}
function checkSettings(settings) {
    const atLeast = (name, least) => {
        const value = settings[name];
        if (typeof value !== 'number' || !(value >= least))
            throw new RangeError(`${name} must be at least ${least}`);
    };
    for (const name of ['meetingsPerDay', 'rooms', 'answerDelayMs', 'dataLagMs', 'disagreementRate']) {
        atLeast(name, 0);
    }
    for (const name of ['participantsPerMeeting', 'minutesPerMeeting', 'people', 'taskTtlMs', 'fileTtlMs']) {
        atLeast(name, 1);
    }
    const [min, max] = settings.taskDelayMs;
    if (!(min >= 0 && max >= min))
        throw new RangeError('taskDelayMs must be [min, max] with 0 <= min <= max');
    if (settings.apps.length === 0)
        throw new RangeError('apps must name at least one app');
}
/** Deterministic for one sandbox: the n-th task takes as long in every run. */
export const taskDelay = ({ seed, taskDelayMs: [min, max] }, taskNumber) => drawsFor(seed, 'task', taskNumber).int(min, max);
//# sourceMappingURL=options.js.map