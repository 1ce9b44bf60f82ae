/** Where a worker answers who looks at it from outside: its metrics and its health. Off where nothing is set. */
import { isIP } from 'node:net';
import { z } from 'zod';

export interface ListenAddress {
  /** An IP address; an IPv6 one without brackets. */
  host: string;
  port: number;
}

const TAKES = 'takes an IP address of this machine and a port, such as 127.0.0.1:9464';

const address = z
  .string()
  .transform((text, context): ListenAddress => {
    const [, host = '', port = ''] = /^\[?([\d.]+|(?<=\[)[\da-f:.]+(?=\]))\]?:([1-9]\d{0,4})$/i.exec(text) ?? [];
    if (isIP(host) !== 0 && Number(port) <= 65_535) return { host, port: Number(port) };
    context.addIssue({ code: 'custom', message: TAKES });
    return z.NEVER;
  })
  .optional();

export const listenSchema = { METRICS_ADDRESS: address, HEALTH_ADDRESS: address };

export interface ListenSettings {
  /** Null: off. */
  metrics: ListenAddress | null;
  health: ListenAddress | null;
}

export function listenSettings(
  { METRICS_ADDRESS, HEALTH_ADDRESS }: z.output<z.ZodObject<typeof listenSchema>>,
  problems: string[],
): ListenSettings {
  if (METRICS_ADDRESS && HEALTH_ADDRESS?.port === METRICS_ADDRESS.port) {
    problems.push('HEALTH_ADDRESS: takes another port than METRICS_ADDRESS');
  }
  return { metrics: METRICS_ADDRESS ?? null, health: HEALTH_ADDRESS ?? null };
}
