/** Where secrets and rows may go unencrypted. */

/** Names and addresses that no network leads to. Names below `localhost` are not among them: some resolvers ask a server. */
export function isOnThisMachine(url: string): boolean {
  return isOwnHost(new URL(url).hostname.replace(/^\[(.*)\]$/, '$1'));
}

/** The same of a name or an address alone, without brackets. */
export function isOwnHost(host: string): boolean {
  return host === 'localhost' || /^127(\.\d+){3}$|^::1$/.test(host);
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
