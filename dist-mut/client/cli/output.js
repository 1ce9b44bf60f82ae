/** Where a command's words go. With `--json`, stdout carries data alone and everything else goes to stderr. */
import { createLogUpdate } from 'log-update';
import { progressFrame, progressLine } from '../../report/progress.js';
/** Between two plain lines; a log of a day-long run stays readable. */
const PLAIN_INTERVAL_MS = 5_000;
export function createOutput(options = {}) {
    const stdout = options.stdout ?? process.stdout;
    const words = options.json === true ? (options.stderr ?? process.stderr) : stdout;
    return {
        say: (line) => void words.write(`${line}\n`),
        print: (data, lines) => {
            const text = options.json === true ? JSON.stringify(data, null, 2) : lines.join('\n');
            stdout.write(`${text}\n`);
        },
        view: () => (words.isTTY ? terminalView(words) : plainView(words)),
    };
}
function terminalView(stream) {
    const update = createLogUpdate(stream);
    return {
        show: (progress) => update(progressFrame(progress, { columns: stream.columns || 80, nowMs: Date.now() })),
        note: (line) => update.persist(line),
        stop: () => update.done(),
    };
}
export function plainView(stream, nowMs = Date.now) {
    let last = '';
    let lastAtMs = Number.NEGATIVE_INFINITY;
    return {
        show: (progress) => {
            const line = progressLine(progress, { nowMs: nowMs() });
            if (line === last || nowMs() - lastAtMs < PLAIN_INTERVAL_MS)
                return;
            last = line;
            lastAtMs = nowMs();
            stream.write(`${line}\n`);
        },
        note: (line) => void stream.write(`${line}\n`),
        stop: () => undefined,
    };
}
//# sourceMappingURL=output.js.map