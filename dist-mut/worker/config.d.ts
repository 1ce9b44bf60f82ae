import type { Limit } from '../feishu/pacer.ts';
export interface ProfileSettings {
    name: string;
    baseUrl: string;
    appId: string | null;
    appSecret: string | null;
    userAccessToken: string | null;
    timeZone: string;
}
export interface Settings {
    taskQueue: string;
    dataUrl: string;
    profiles: ProfileSettings[];
    /** Null: off. */
    rateLimit: Limit | null;
    exportDeadlineMs: number;
    /** Null: without worker versioning. */
    deployment: {
        deploymentName: string;
        buildId: string;
    } | null;
    logLevel: 'debug' | 'info' | 'warn' | 'error';
}
/** Settings that cannot be worked with. `problems`: one line each, with the setting's name. */
export declare class SettingsError extends Error {
    readonly name = "SettingsError";
    readonly problems: string[];
    constructor(problems: string[]);
}
/** @throws SettingsError that lists all that is wrong */
export declare function readSettings(env: NodeJS.ProcessEnv): Settings;
