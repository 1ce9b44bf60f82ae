/** Where secrets and rows may go unencrypted. */

/** Names and addresses that no network leads to. Names below `localhost` are not among them: some resolvers ask a server. */
export function isOnThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || /^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}

/** Whether what is sent there goes over a network in clear. */
export function isClearText(url: string): boolean {
  return new URL(url).protocol === 'http:' && !isOnThisMachine(url);
}

const ALLOWING = new Set<string | undefined>(['1', 'true', 'on']);

/** Whether that is wanted, by the text of a setting: for servers in a network of one's own. */
export function allowsClearText(setting: string | undefined): boolean {
  return ALLOWING.has(setting);
}
