/** What a demo runs: a Temporal server, the sandbox, a worker. Started in order, stopped in the opposite one. */
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { fetch } from 'undici';
import { ChildDiedError, describeExit, startChild } from '../embedded/children.js';
import { startDevServer } from '../embedded/dev-server.js';
import { programPath } from './programs.js';
/** High enough that a month takes a minute or two; the real limit is 100/60s. The sandbox enforces it as Feishu does. */
const RATE_LIMIT = '1200/60s';
const READY_TIMEOUT_MS = 60_000;
/** A month of a small company. */
const SANDBOX_FLAGS = Object.entries({
    port: '0',
    'meetings-per-day': '4',
    'participants-per-meeting': '4',
    'minutes-per-meeting': '20',
    'task-delay': '200-800',
    'rate-limit': RATE_LIMIT,
}).flatMap(([flag, value]) => [`--${flag}`, value]);
/** Keeps hold of every part, so that none outlives the demo, however it ends. */
export class DemoParts {
    #stops = [];
    #stopping = false;
    #fail = () => { };
    /** Rejects when a part ends that nobody stopped; never resolves. */
    broken;
    constructor() {
        this.broken = new Promise((_resolve, reject) => (this.#fail = reject));
        // Whoever waits for it sees the rejection; nobody may be waiting yet.
        this.broken.catch(() => undefined);
    }
    /** A part that comes up after the demo was stopped is stopped at once. */
    async add(child) {
        this.#stops.push(() => child.stop());
        void child.exited.then((exit) => {
            if (!this.#stopping)
                this.#fail(new ChildDiedError(child, `ended ${describeExit(exit)}`));
        });
        if (this.#stopping)
            await child.stop();
    }
    async stop() {
        this.#stopping = true;
        for (const stop of this.#stops.toReversed())
            await stop();
    }
}
export async function startServer(parts, { folder, env, say }) {
    const server = await startDevServer({ dbFile: folder.dbFile, logFile: folder.log('temporal'), env, say });
    await parts.add(server.child);
    return server;
}
/** @returns the sandbox's URL */
export async function startSandbox(parts, { folder, env }) {
    const child = startChild({
        name: 'the sandbox',
        command: process.execPath,
        args: [await programPath('sandbox'), ...SANDBOX_FLAGS],
        env,
        cwd: folder.path,
        logFile: folder.log('sandbox'),
    });
    await parts.add(child);
    return child.waitForLine((line) => /http:\/\/\S+/.exec(line)?.[0], READY_TIMEOUT_MS);
}
export async function startWorker(parts, { folder, env, sandboxUrl, address }) {
    const child = startChild({
        name: 'the worker',
        command: process.execPath,
        args: ['--enable-source-maps', await programPath('worker')],
        env: {
            ...env,
            TEMPORAL_ADDRESS: address,
            FEISHU_BASE_URL: sandboxUrl,
            FEISHU_APP_ID: 'cli_sandbox',
            FEISHU_APP_SECRET: 'sandbox-secret',
            FEISHU_RATE_LIMIT: RATE_LIMIT,
            DATA_URL: pathToFileURL(folder.dataDir).href,
        },
        cwd: folder.path,
        logFile: folder.log('worker'),
    });
    await parts.add(child);
    await child.waitForLine((line) => (line.includes('"worker ready"') ? true : undefined), READY_TIMEOUT_MS);
}
const directory = z.object({ levels: z.array(z.object({ room_level_id: z.string(), parent_id: z.string() })) });
/** The level that holds all rooms of the sandbox's company. */
export async function topRoomLevel(sandboxUrl) {
    const answer = await fetch(`${sandboxUrl}/_sandbox/tenant/directory`);
    const { levels } = directory.parse(await answer.json());
    const top = levels.find((level) => level.parent_id === '0');
    if (!top)
        throw new Error('the sandbox has no top room level');
    return top.room_level_id;
}
//# sourceMappingURL=demo-parts.js.map