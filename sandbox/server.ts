import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createAuth } from './auth.ts';
import { GroupBot } from './bot.ts';
import type { KeptCard } from './bot.ts';
import { createClock } from './clock.ts';
import { isConsentPage, serveConsent } from './consent.ts';
import { CONTROL_PREFIX, serveControl } from './control.ts';
import { FaultRules } from './faults.ts';
import type { FaultControl } from './faults.ts';
import { serveCall } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { CallLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { createLimiter } from './limiter.ts';
import { resolveOptions } from './options.ts';
import type { OAuthFigures } from './oauth.ts';
import type { SandboxOptions } from './options.ts';
import { createTasks } from './tasks.ts';
import { createTenant } from './tenant.ts';
import type { Tenant } from './tenant.ts';

export interface Sandbox {
  /** `http://127.0.0.1:12345`, without a slash at the end. */
  url: string;
  /** The truth behind the answers. */
  tenant: Tenant;
  /** What was asked so far. */
  ledger: Ledger;
  /** What goes wrong from now on. */
  faults: FaultControl;
  /** What the bot of a group was sent. */
  readonly cards: readonly KeptCard[];
  /** The app's secret is another one from now on. Tokens that were handed out live on. */
  rotateSecret(appId: string, secret: string): void;
  /** How log-ins went so far. */
  readonly logins: OAuthFigures;
  /** Every log-in ends. */
  revokeLogins(): void;
  /** Sends a new ticket to a store app. @returns what its receiver answered */
  sendTicket(appId: string): Promise<string>;
  /** Cuts what is still running. */
  close(): Promise<void>;
}

/**
 * Starts a Feishu that runs here: tokens of apps (A1, A3 to A5) and users (A6 to A8, A10), E1 to E6, L1 to L4, R1 and R2 over
 * HTTP, on a tenant that follows from the seed, and `/_sandbox/…` for other processes.
 *
 * Throws RangeError for options that make no sandbox, and the system's error when the port is taken.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings = resolveOptions(options);
  const clock = createClock({ nowMs: settings.nowMs, offsetMs: settings.clockOffsetMs });
  const tenant = createTenant(settings);
  const tasks = createTasks({ settings, clock });
  const ledger = new CallLedger(() => tasks.ledger());
  const faults = new FaultRules(settings.seed, settings.faults);
  const closing = new AbortController();
  // Each answer that is held back listens to it.
  setMaxListeners(0, closing.signal);
  const auth = createAuth({ settings, clock });
  const gateway: Gateway = {
    world: { tenant, settings, tasks },
    auth,
    clock,
    ledger,
    limiter: createLimiter({ limit: settings.rateLimit, window: settings.window }),
    faults,
    closing: closing.signal,
  };
  const bot = new GroupBot({ clock, secret: settings.botSecret });
  const controlled = { tenant, ledger, faults, bot };
  const server = createServer((request, response) => {
    const serve = (): Promise<void> => {
      const { url: path = '/' } = request;
      if (path.startsWith(CONTROL_PREFIX)) return serveControl(controlled, request, response);
      if (isConsentPage(path)) return serveConsent({ settings, oauth: auth.oauth }, request, response);
      if (GroupBot.isHook(path)) return bot.serve(request, response);
      return serveCall(gateway, request, response);
    };
    serve().catch((error: unknown) => reportBug(error, request, response));
  });
  // Longer than any client keeps a connection, so that only faults cut connections.
  server.keepAliveTimeout = 600_000;
  const url = await listen(server, settings);
  const storeApps = settings.apps.filter((app) => app.events !== undefined);
  const sendTickets = (): void => void Promise.all(storeApps.map((app) => auth.sendTicket(app.app_id)));
  const tickets = storeApps.length > 0 ? setInterval(sendTickets, settings.ticketEveryMs) : undefined;
  return {
    url,
    tenant,
    ledger,
    faults,
    cards: bot.cards,
    rotateSecret: (appId, secret) => {
      for (const app of settings.apps) if (app.app_id === appId) app.app_secret = secret;
    },
    logins: auth.oauth.figures,
    revokeLogins: () => auth.oauth.revokeAll(),
    sendTicket: (appId) => auth.sendTicket(appId),
    close: () => {
      closing.abort();
      clearInterval(tickets);
      server.closeAllConnections();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}

function listen(server: Server, { port, host }: { port: number; host: string }): Promise<string> {
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
function reportBug(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  if (request.destroyed && !request.complete) return;
  process.stderr.write(
    `sandbox: ${request.method} ${request.url}: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
  response.end('the sandbox failed, see its output');
}
