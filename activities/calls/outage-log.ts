/** An outage in the log: once when it begins, once when it is over. */
export interface OutageLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** `scope`: a host, `<host>|<app>`, or `store`. */
export function logBegun(logger: OutageLogger | undefined, scope: string, reason: string): void {
  logger?.warn({ scope, reason }, 'an outage has begun: calls wait until it is over');
}

export function logOver(logger: OutageLogger | undefined, scope: string, lastedMs: number): void {
  logger?.info({ scope, lastedS: Math.round(lastedMs / 1000) }, 'an outage is over: calls go on');
}
