import { open } from 'node:fs/promises';
import { UnreadableFileError } from './errors.js';
/** @throws the file system's own error where the path cannot be opened. */
export async function openSource(source) {
    return typeof source === 'string' ? openFile(source) : openBytes(source);
}
function openBytes(bytes) {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return {
        size: view.length,
        async read(position, length) {
            if (position + length > view.length)
                throw endsEarly(position, length);
            return view.subarray(position, position + length);
        },
        async close() { },
    };
}
async function openFile(path) {
    const file = await open(path, 'r');
    try {
        const { size } = await file.stat();
        return {
            size,
            async read(position, length) {
                if (position + length > size)
                    throw endsEarly(position, length);
                const buffer = Buffer.allocUnsafe(length);
                let filled = 0;
                while (filled < length) {
                    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
                    // The file became shorter while it was being read.
                    if (bytesRead === 0)
                        throw endsEarly(position, length);
                    filled += bytesRead;
                }
                return buffer;
            },
            close: () => file.close(),
        };
    }
    catch (error) {
        await file.close();
        throw error;
    }
}
function endsEarly(position, length) {
    return new UnreadableFileError({
        code: 'truncated',
        where: `byte ${position}`,
        message: `The file ends before the ${length} bytes that are announced here`,
    });
}
//# sourceMappingURL=source.js.map