/** The consent page with PKCE: the browser leads back to this machine, or a person pastes where it would have led. */
import { spawn } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { createInterface } from 'node:readline/promises';
import type { ConsentPage, OAuthClient, UserTokens } from '../../feishu/index.ts';
import { plainEnvironment } from '../../model/plain-environment.ts';
import { LoginFailedError, type LoginTalk } from './talk.ts';
import { oneLine } from '../../report/terminal.ts';

/** Where nothing else is said. */
export const DEFAULT_REDIRECT_PORT = 8745;

/** The address that has to be registered as a redirect URL of the app. */
export const redirectUri = (port: number): string => `http://127.0.0.1:${port}/callback`;

interface PageLogin {
  client: OAuthClient;
  scopes: readonly string[];
  port: number;
  talk: Pick<LoginTalk, 'say'>;
}

/** @throws LoginFailedError, FeishuError, OAuthRefusal */
export async function byBrowser(o: PageLogin & { open: boolean }): Promise<UserTokens> {
  const page = o.client.consentPage({ scopes: o.scopes, redirectUri: redirectUri(o.port) });
  const led = listen(o.port, page);
  try {
    await led.ready;
    announce(o, page, 'Open this address in a browser on this machine, log in and agree:');
    o.talk.say('Waiting …');
    if (o.open) openBrowser(page.url);
    return await o.client.exchange(await led.code, page);
  } finally {
    led.server.closeAllConnections();
    led.server.close();
  }
}

/** @throws LoginFailedError, FeishuError, OAuthRefusal */
export async function byPaste(o: PageLogin & { input: NodeJS.ReadableStream }): Promise<UserTokens> {
  const page = o.client.consentPage({ scopes: o.scopes, redirectUri: redirectUri(o.port) });
  announce(o, page, 'Open this address in any browser, log in and agree:');
  o.talk.say('The browser is led to an address that begins with ' + page.redirectUri + '.');
  o.talk.say('The page need not load. Copy the whole address, paste it here and press Enter:');
  const lines = createInterface({ input: o.input });
  try {
    const next = await lines[Symbol.asyncIterator]().next();
    const text = next.done === true ? '' : next.value.trim();
    if (!URL.canParse(text)) throw new LoginFailedError('That is no address.', 'Run the command again.');
    return await o.client.exchange(codeIn(new URL(text), page), page);
  } finally {
    lines.close();
  }
}

function announce({ talk: { say } }: PageLogin, page: ConsentPage, what: string): void {
  say(`${what}\n`);
  say(`  ${oneLine(page.url)}\n`);
  say(`(${page.redirectUri} has to be a redirect URL in the app's security settings.)`);
}

/** @throws LoginFailedError for a refusal, and for an answer to another page than this one */
function codeIn(url: URL, page: ConsentPage): string {
  if (!isSame(url.searchParams.get('state') ?? '', page.state)) {
    throw new LoginFailedError('This address answers another log-in than this one.', 'Run the command again.');
  }
  const error = url.searchParams.get('error');
  if (error !== null) throw new LoginFailedError('It was refused on the page.', 'Run the command again, and agree.');
  const code = url.searchParams.get('code');
  if (code === null) throw new LoginFailedError('The address holds no code.', 'Copy the whole address.');
  return code;
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function listen(port: number, page: ConsentPage): { server: Server; ready: Promise<void>; code: Promise<string> } {
  let settle: { resolve(code: string): void; reject(error: unknown): void } | undefined;
  const code = new Promise<string>((resolve, reject) => (settle = { resolve, reject }));
  // Whoever waits for it sees the rejection; nobody may be waiting yet.
  code.catch(() => undefined);
  const server = createServer((request, response) => {
    const end = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', connection: 'close' });
      response.end(`<!doctype html><meta charset="utf-8"><title>feishu-vc</title><p>${text}</p>`);
    };
    const path = request.url ?? '/';
    // Any page can send anything here, also what is no address.
    const url = URL.canParse(path, page.redirectUri) ? new URL(path, page.redirectUri) : null;
    if (url?.pathname !== '/callback') return end(404, 'Not found.');
    // A page that somebody else has opened ends nothing here.
    if (!isSame(url.searchParams.get('state') ?? '', page.state))
      return end(400, 'This is not the page of this log-in.');
    try {
      const found = codeIn(url, page);
      end(200, 'Done. You can close this page and go back to the terminal.<br>授权成功，可以关闭此页面并返回终端。');
      response.once('close', () => settle?.resolve(found));
    } catch (error) {
      end(200, 'Nothing was granted. You can close this page.<br>未授权，可以关闭此页面。');
      response.once('close', () => settle?.reject(error));
    }
  });
  const ready = new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const next = 'Choose another with --port (and register it as a redirect URL), or use --paste.';
      reject(new LoginFailedError(`Port ${port} of this machine cannot be used: ${error.message}.`, next));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, ready, code };
}

/** As a help only: the address is printed as well. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['explorer'] : ['xdg-open'];
  const env = plainEnvironment(process.env);
  const child = spawn(command ?? 'open', [...args, url], { env, stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
