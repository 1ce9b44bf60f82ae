/** The pages on which a person agrees: A6, and the one that the device flow leads to. Plain HTML forms, in English and Chinese. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AUTHORIZE_PATH } from '../feishu/contract.ts';
import type { SandboxUser } from './api.ts';
import type { ConsentRequest, OAuth } from './oauth.ts';
import type { AppSettings, Settings } from './options.ts';
import { readFields } from './wire.ts';

const DEVICE_PATH = '/oauth/v1/device';

export function isConsentPage(url: string): boolean {
  const { pathname } = new URL(url, 'http://sandbox');
  return pathname === AUTHORIZE_PATH || pathname === DEVICE_PATH;
}

interface Site {
  settings: Settings;
  oauth: OAuth;
}

export async function serveConsent(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sandbox');
  const fields = (await readFields(request)) ?? {};
  const decision = request.method === 'POST' ? decisionIn(site.settings, fields) : undefined;
  const result = url.pathname === DEVICE_PATH ? device(site, url, fields, decision) : authorize(site, url, decision);
  if ('location' in result) response.writeHead(302, { location: result.location });
  else response.writeHead(result.status ?? 200, { 'content-type': 'text/html; charset=utf-8' });
  response.end('html' in result ? result.html : undefined);
}

type Result = { location: string } | { html: string; status?: number };
/** `user` null: refused. */
interface Decision {
  user: SandboxUser | null;
}

function decisionIn({ persons }: Settings, fields: Record<string, unknown>): Decision {
  if (fields['decision'] !== 'agree') return { user: null };
  return { user: persons.find(({ open_id }) => open_id === fields['user']) ?? persons[0] ?? null };
}

function authorize({ settings, oauth }: Site, url: URL, decision: Decision | undefined): Result {
  const query = url.searchParams;
  const app = settings.apps.find((each) => each.app_id === query.get('client_id'));
  if (!app) return problem('20048', 'The app does not exist.', '应用不存在。');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!mayLeadTo(app, redirectUri)) {
    return problem('20029', 'redirect_uri is not registered for this app.', '重定向 URL 未在应用中注册。');
  }
  const scopes = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  const unknown = scopes.filter((scope) => !app.scopes.includes(scope));
  if (unknown.length > 0) {
    return problem('20027', `The app has no scope ${unknown.join(', ')}.`, `应用未开通权限 ${unknown.join(', ')}。`);
  }
  if (!decision) return { html: consentPage({ app, scopes }, settings.persons) };
  const location = new URL(redirectUri);
  const state = query.get('state');
  if (state !== null) location.searchParams.set('state', state);
  if (decision.user === null) location.searchParams.set('error', 'access_denied');
  else {
    const text = query.get('code_challenge');
    const challenge = text === null ? undefined : { text, method: query.get('code_challenge_method') ?? 'plain' };
    const code = oauth.agree({ app, scopes }, { user: decision.user, redirectUri, challenge });
    location.searchParams.set('code', code);
  }
  return { location: location.href };
}

function device({ settings, oauth }: Site, url: URL, fields: Record<string, unknown>, decision?: Decision): Result {
  const typed = fields['user_code'];
  const userCode = typeof typed === 'string' ? typed : (url.searchParams.get('user_code') ?? '');
  const request = oauth.deviceOf(userCode);
  if (!request) return problem('20003', 'This code is wrong or too old.', '验证码错误或已过期。');
  if (!decision) return { html: consentPage(request, settings.persons, userCode) };
  oauth.decideDevice(userCode, decision.user);
  return decision.user === null
    ? page('Refused / 已拒绝', '<p>Nothing was granted. / 未授权。</p>')
    : page('Done / 已完成', '<p>You can close this page. / 授权成功，可以关闭此页面。</p>');
}

function mayLeadTo(app: AppSettings, redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false;
  if (app.redirectUrls.length > 0) return app.redirectUrls.includes(redirectUri);
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(redirectUri).hostname);
}

function consentPage({ app, scopes }: ConsentRequest, persons: readonly SandboxUser[], userCode?: string): string {
  const options = persons.map(({ open_id, name }) => `<option value="${html(open_id)}">${html(name)}</option>`);
  const code = userCode === undefined ? '' : `<p>Code / 验证码: <strong>${html(userCode)}</strong></p>`;
  return page(
    'Authorize / 授权',
    `<p>The app <strong>${html(app.app_id)}</strong> asks for your permission.<br>
应用 <strong>${html(app.app_id)}</strong> 申请获取你的授权。</p>
${code}<ul>${scopes.map((scope) => `<li><code>${html(scope)}</code></li>`).join('')}</ul>
<form method="post">
<input type="hidden" name="user_code" value="${html(userCode ?? '')}">
<label>Log in as / 登录身份 <select name="user">${options.join('')}</select></label>
<p><button name="decision" value="agree">Agree / 授权</button>
<button name="decision" value="refuse">Refuse / 拒绝</button></p>
</form>`,
  ).html;
}

function problem(code: string, english: string, chinese: string): Result {
  return { ...page(`Error / 错误 ${code}`, `<p>${html(english)}<br>${html(chinese)}</p>`), status: 400 };
}

function page(title: string, body: string): { html: string } {
  return {
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}
button{font:inherit;padding:.4rem 1.2rem;margin-right:.5rem}</style>
<h1>${title}</h1>
${body}</html>
`,
  };
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function html(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
