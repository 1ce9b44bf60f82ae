/** The newest ticket of a store app, kept beside the grants: whoever receives it is another process than those that use it. */
import { z } from 'zod';
import type { Vault } from './vault.ts';

const ticketSchema = z.object({ version: z.literal(1), ticket: z.string(), received_at: z.number() });

const ticketName = (appId: string): string => `ticket-${appId.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}`;

export async function readTicket(vault: Vault, appId: string): Promise<string | null> {
  const version = await vault.read(ticketName(appId));
  if (version === null) return null;
  const parsed = ticketSchema.safeParse(JSON.parse(version.text));
  return parsed.success ? parsed.data.ticket : null;
}

export async function writeTicket(vault: Vault, appId: string, o: { ticket: string; atMs: number }): Promise<void> {
  const text = JSON.stringify({ version: 1, ticket: o.ticket, received_at: o.atMs });
  const name = ticketName(appId);
  while (!(await vault.swap(name, { number: await vault.newest(name), text })));
}
