import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import { createAuth } from './auth.js';
import { createClock } from './clock.js';
import { CONTROL_PREFIX, serveControl } from './control.js';
import { FaultRules } from './faults.js';
import { serveCall } from './gateway.js';
import { CallLedger } from './ledger.js';
import { createLimiter } from './limiter.js';
import { resolveOptions } from './options.js';
import { createTasks } from './tasks.js';
import { createTenant } from './tenant.js';
/**
 * Starts a Feishu that runs here: A1, E1 to E6, L1 to L4, R1 and R2 over HTTP, on a tenant that follows from the seed,
 * and `/_sandbox/…` for other processes.
 *
 * Throws RangeError for options that make no sandbox, and the system's error when the port is taken.
 */
export async function startSandbox(options = {}) {
    const settings = resolveOptions(options);
    const clock = createClock({ nowMs: settings.nowMs, offsetMs: settings.clockOffsetMs });
    const tenant = createTenant(settings);
    const tasks = createTasks({ settings, clock });
    const ledger = new CallLedger(() => tasks.ledger());
    const faults = new FaultRules(settings.seed, settings.faults);
    const closing = new AbortController();
    // Each answer that is held back listens to it.
    setMaxListeners(0, closing.signal);
    const gateway = {
        world: { tenant, settings, tasks },
        auth: createAuth({ settings, clock }),
        clock,
        ledger,
        limiter: createLimiter({ limit: settings.rateLimit, window: settings.window }),
        faults,
        closing: closing.signal,
    };
    const controlled = { tenant, ledger, faults };
    const server = createServer((request, response) => {
        const isControl = request.url?.startsWith(CONTROL_PREFIX) ?? false;
        const served = isControl ? serveControl(controlled, request, response) : serveCall(gateway, request, response);
        served.catch((error) => reportBug(error, request, response));
    });
    // Longer than any client keeps a connection, so that only faults cut connections.
    server.keepAliveTimeout = 600_000;
    const url = await listen(server, settings);
    return {
        url,
        tenant,
        ledger,
        faults,
        close: () => {
            closing.abort();
            server.closeAllConnections();
            return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
        },
    };
}
function listen(server, { port, host }) {
    return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
            server.off('error', reject);
            const address = server.address();
            const usedPort = typeof address === 'object' && address ? address.port : port;
            resolve(`http://${host.includes(':') ? `[${host}]` : host}:${usedPort}`);
        });
    });
}
/** A caller that went away ends its own call; everything else is a mistake of the sandbox and must be seen. */
function reportBug(error, request, response) {
    if (request.destroyed && !request.complete)
        return;
    process.stderr.write(`sandbox: ${request.method} ${request.url}: ${error instanceof Error ? error.stack : String(error)}\n`);
    if (!response.headersSent)
        response.writeHead(500, { 'content-type': 'text/plain' });
    response.end('the sandbox failed, see its output');
}
//# sourceMappingURL=server.js.map