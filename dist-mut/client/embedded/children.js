/** Child processes that never outlive this one and whose last words are kept. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
/** Enough to see why a process died. */
const TAIL_LINES = 20;
/** A worker gives its activities 20 s. */
const STOP_GRACE_MS = 30_000;
/** A child ended, or did not become ready, before it was of use. */
export class ChildDiedError extends Error {
    name = 'ChildDiedError';
    child;
    lastLines;
    logFile;
    constructor(child, what) {
        super(`${child.name} ${what}`);
        this.child = child.name;
        this.lastLines = child.tail();
        this.logFile = child.logFile;
    }
}
export function startChild(options) {
    // A process group of its own: Ctrl-C reaches this process only, which then stops its children in order.
    const child = spawn(options.command, options.args, {
        cwd: options.cwd,
        env: options.env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
    });
    const killAtExit = () => child.kill('SIGKILL');
    process.once('exit', killAtExit);
    const lines = collectLines(options.logFile);
    const ends = [child.stdout, child.stderr].map((stream) => lines.read(stream));
    const exited = new Promise((resolve) => {
        child.once('error', (error) => {
            lines.add(`${options.command}: ${error.message}`);
            resolve({ code: null, signal: null });
        });
        child.once('exit', (code, signal) => resolve({ code, signal }));
    }).then(async (exit) => {
        process.off('exit', killAtExit);
        await Promise.all(ends);
        lines.close();
        return exit;
    });
    const result = {
        name: options.name,
        pid: child.pid,
        logFile: options.logFile,
        exited,
        tail: () => lines.tail(),
        waitForLine: (find, timeoutMs) => waitForLine(result, lines, { find, timeoutMs }),
        stop: async () => {
            child.kill('SIGTERM');
            const force = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
            await exited;
            clearTimeout(force);
        },
    };
    return result;
}
function collectLines(logFile) {
    const last = [];
    const listeners = new Set();
    const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
    // A full disk must not take the run down with its log.
    log?.on('error', (error) => last.push(`(the log file cannot be written: ${error.message})`));
    const add = (line) => {
        last.push(line);
        if (last.length > TAIL_LINES)
            last.shift();
        log?.write(`${line}\n`);
        for (const listener of listeners)
            listener(line);
    };
    return {
        add,
        tail: () => [...last],
        listen: (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        close: () => log?.end(),
        read: (stream) => new Promise((resolve) => {
            createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', add).once('close', resolve);
        }),
    };
}
function waitForLine(child, lines, { find, timeoutMs }) {
    return new Promise((resolve, reject) => {
        const settle = (end) => {
            unlisten();
            clearTimeout(timer);
            end();
        };
        const look = (line) => {
            const found = find(line);
            if (found !== undefined)
                settle(() => resolve(found));
        };
        const timer = setTimeout(() => settle(() => reject(new ChildDiedError(child, `was not ready within ${timeoutMs / 1000} s`))), timeoutMs);
        const unlisten = lines.listen(look);
        for (const line of lines.tail())
            look(line);
        void child.exited.then((exit) => settle(() => reject(new ChildDiedError(child, `ended ${describeExit(exit)}`))));
    });
}
export function describeExit({ code, signal }) {
    if (signal !== null)
        return `by signal ${signal}`;
    return code === null ? 'before it could start' : `with exit code ${code}`;
}
//# sourceMappingURL=children.js.map