import { canConnect } from '../../../feishu/reach.ts';
import { isFeishu, isLark, proxyFor, type FeishuError } from '../../../feishu/index.ts';
import { foreignHosts } from '../../exposure.ts';
import { fail, ofProfile, ok, warn, type Configured, type Finding } from '../check.ts';

const DEFAULT_ZONE = 'Asia/Shanghai';

/** Whether the hosts are those of one product, and answer as it does. */
export const region = ofProfile('region', async ({ profile, probes }, { isOffline, env }) => {
  const { baseUrl, accountsUrl, timeZone } = profile;
  if ((isLark(baseUrl) && isFeishu(accountsUrl)) || (isFeishu(baseUrl) && isLark(accountsUrl))) {
    return fail(
      `${baseUrl} and ${accountsUrl} belong to two products, Feishu and Lark`,
      'Take FEISHU_ACCOUNTS_URL away: it follows FEISHU_BASE_URL',
    );
  }
  const problem = isOffline ? null : await probes.noAnswer();
  if (problem !== null) return await unanswered(problem, profile);
  const foreign = foreignHosts(profile);
  const product = isLark(baseUrl) ? 'Lark' : isFeishu(baseUrl) ? 'Feishu' : 'a host of your own';
  const seen = `${product}: ${baseUrl}${isOffline ? ', not asked (--offline)' : ' answers'}`;
  if (isLark(baseUrl) && timeZone === DEFAULT_ZONE && env['FEISHU_TIME_ZONE'] === undefined) {
    return warn(
      `${seen}; days are those of ${DEFAULT_ZONE}`,
      "Set FEISHU_TIME_ZONE to the tenant's zone before the first export: a store keeps it",
    );
  }
  if (foreign.length > 0) {
    return warn(
      `${seen}; ${foreign.join(' and ')}, neither Feishu's nor Lark's, gets the app's secret`,
      'Where it is not meant to, set FEISHU_BASE_URL=https://open.feishu.cn (Lark: https://open.larksuite.com) and take FEISHU_ACCOUNTS_URL away',
    );
  }
  return ok(seen);
});

async function unanswered(error: FeishuError, { baseUrl }: Configured['profile']): Promise<Finding> {
  const { host, origin } = new URL(baseUrl);
  const proxy = proxyFor(origin);
  const through = proxy === null ? '' : ` (by the proxy ${proxy.host})`;
  switch (error.code) {
    case 'DNS_FAILED':
      return fail(
        `${host} is no name that is known here${through}`,
        'Correct FEISHU_BASE_URL, or the DNS of this machine',
      );
    case 'TLS_FAILED':
      return fail(
        `${host} shows a certificate that is not trusted here${through} (${reasonOf(error)})`,
        'Where a proxy of your company opens TLS, set NODE_EXTRA_CA_CERTS to the file of its certificate. Else correct FEISHU_BASE_URL',
      );
    case 'WRONG_PATH':
    case 'REDIRECTED':
    case 'NOT_JSON':
    case 'EMPTY_BODY':
    case 'UNEXPECTED_SHAPE':
    case 'MALFORMED_HTTP':
      return fail(
        `${host} answers${through}, but not as Feishu does (${error.code})`,
        'Set FEISHU_BASE_URL=https://open.feishu.cn, for Lark https://open.larksuite.com',
      );
    default:
  }
  if (error.kind !== 'network')
    return fail(`${host} fails${through}: ${error.message}`, 'Run this again in some minutes');
  if (proxy !== null && !(await canConnect(origin))) {
    return fail(
      `the proxy ${proxy.host} takes no connection`,
      'Correct HTTPS_PROXY (or HTTP_PROXY), or name the host in NO_PROXY',
    );
  }
  return fail(
    `${host} takes no connection${through} (${reasonOf(error)})`,
    proxy === null
      ? 'Correct FEISHU_BASE_URL; if it is right, let this machine out to it, or set HTTPS_PROXY to the proxy that leads there'
      : `Let the proxy ${proxy.host} connect to ${host}`,
  );
}

function reasonOf(error: FeishuError): string {
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return /^UND_ERR_(ABORTED|PRX)/.test(code) && cause instanceof Error ? cause.message : code || error.code;
}
