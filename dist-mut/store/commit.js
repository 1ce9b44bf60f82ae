import { StoreError } from './errors.js';
import { discard, hashFile, isPresent } from './file-io.js';
/**
 * Puts a set of files and the manifest that names them in force: under a lock, data files first, manifest last.
 *
 * A crash before the manifest leaves the old manifest, whose hashes tell which files were replaced already (`tornFiles`);
 * a crash after it leaves the new one. Running the same commit again, or one with the files written anew, repairs it.
 * On failure the temporary files that were not moved stay, for that second run; `sweep` removes them in the end. A
 * superseded commit removes them itself and changes nothing.
 */
export async function commitFiles(store, input) {
    return store.withLock(input.lockKey, async (lock) => {
        const previous = (await store.exists(input.manifestKey)) ? await store.readJson(input.manifestKey) : null;
        const manifest = await input.buildManifest(previous);
        if (manifest === 'superseded') {
            for (const { tempPath } of input.files)
                await discard(tempPath);
            return { status: 'superseded' };
        }
        const pending = await filesToMove(store, input.files);
        for (const { tempPath, key } of pending) {
            await lock.assertHeld();
            await store.putFile(key, tempPath);
        }
        await lock.assertHeld();
        const file = await store.writeJson(input.manifestKey, manifest);
        return { status: 'committed', manifest, uri: store.uri(input.manifestKey), file };
    });
}
/** Looks before the first move, so that a commit that cannot be completed changes nothing. */
async function filesToMove(store, files) {
    const pending = [];
    for (const file of files) {
        if (await isPresent(file.tempPath))
            pending.push(file);
        else if (!(await holds(store, file))) {
            const message = `${file.tempPath}, which was to become ${file.key}, is absent: write it again and repeat the commit.`;
            throw new StoreError('not-found', message, { path: file.tempPath });
        }
    }
    return pending;
}
/**
 * Those of a manifest's files that are absent or hold other bytes than the manifest names: the sign of a commit that was
 * interrupted, or of a file that was changed from outside. Reads every file.
 */
export async function tornFiles(store, files) {
    const torn = [];
    for (const file of files)
        if (!(await holds(store, file)))
            torn.push(file.key);
    return torn;
}
async function holds(store, file) {
    if (file.sha256 === undefined || !(await store.exists(file.key)))
        return false;
    return (await hashFile(store.path(file.key))).sha256 === file.sha256;
}
//# sourceMappingURL=commit.js.map