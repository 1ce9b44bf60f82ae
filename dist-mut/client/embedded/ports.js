import { createServer } from 'node:net';
const HOST = '127.0.0.1';
/** The wanted port where it is free on loopback, else one that the system picks. */
export async function freePort(wanted = 0) {
    const port = await bindOnce(wanted);
    if (port !== undefined)
        return port;
    const other = await bindOnce(0);
    if (other === undefined)
        throw new Error(`no free port on ${HOST}`);
    return other;
}
/** @returns undefined when the port is taken or not allowed */
function bindOnce(port) {
    return new Promise((resolve) => {
        const server = createServer();
        server.once('error', () => resolve(undefined));
        server.listen(port, HOST, () => {
            const address = server.address();
            server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
        });
    });
}
//# sourceMappingURL=ports.js.map