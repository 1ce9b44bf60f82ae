/** Which way leads to a host: straight, or through the proxy that the environment names. */
import { isOnThisMachine } from '../model/clear-text.ts';

type Environment = Record<string, string | undefined>;

const SETTINGS = ['HTTPS_PROXY', 'HTTP_PROXY'] as const;

/**
 * The proxy for an origin, by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (in small letters too, which come first); null: none.
 * This machine itself is always reached straight: a proxy would look for the sandbox on its own machine.
 */
export function proxyFor(origin: string, env: Environment = process.env): URL | null {
  const { protocol, hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isOnThisMachine(origin) || isExcepted({ host, port: port || DEFAULT_PORTS[protocol] || '' }, env)) return null;
  const value = valueOf(protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY', env);
  return value === '' ? null : proxyUrl(value);
}

/** One line for each setting that names no proxy. The value stays out: it may hold a password. */
export function proxyProblems(env: Environment): string[] {
  return SETTINGS.filter((name) => {
    const value = valueOf(name, env);
    return value !== '' && proxyUrl(value) === null;
  }).map((name) => `${name}: takes the http(s) URL of a proxy, such as http://proxy.example.com:3128`);
}

const DEFAULT_PORTS: Record<string, string> = { 'http:': '80', 'https:': '443' };

function valueOf(name: string, env: Environment): string {
  return env[name.toLowerCase()] || env[name] || '';
}

function proxyUrl(value: string): URL | null {
  // As curl has it: a proxy without a scheme is one by HTTP.
  const text = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' ? url : null;
}

/** `NO_PROXY`: names, which cover what lies below them, with or without a port, and `*`. */
function isExcepted({ host, port }: { host: string; port: string }, env: Environment): boolean {
  const entries = valueOf('NO_PROXY', env)
    .split(/[,\s]+/)
    .filter((entry) => entry !== '');
  return entries.some((entry) => {
    if (entry === '*') return true;
    const [, name = entry, onlyPort] = /^(.+):(\d+)$/.exec(entry) ?? [];
    if (onlyPort !== undefined && onlyPort !== port) return false;
    const covered = name.replace(/^\*?\./, '').toLowerCase();
    return host === covered || host.endsWith(`.${covered}`);
  });
}
