/** Whose a host is. */

/** Names and addresses that no network leads to. Names below `localhost` are not among them: some resolvers ask a server. */
export function isOnThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || /^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}

export const isLark = (url: string): boolean => /(^|\.)larksuite\.com$/.test(new URL(url).hostname);
export const isFeishu = (url: string): boolean => /(^|\.)(feishu\.cn|larkoffice\.com)$/.test(new URL(url).hostname);
