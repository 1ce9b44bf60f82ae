/** The newest ticket of a store app, kept beside the grants: whoever receives it is another process than those that use it. */
import { z } from 'zod';
import type { Vault } from './vault.ts';

const ticketSchema = z.object({ version: z.literal(1), ticket: z.string(), sent_at: z.number() });

const ticketName = (appId: string): string => `ticket-${appId.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}`;

export async function readTicket(vault: Vault, appId: string): Promise<string | null> {
  return (await readDocument(vault, appId))?.ticket ?? null;
}

/** @returns false where a newer one is there: Feishu may send them in any order, and others may send an old one again */
export async function writeTicket(
  vault: Vault,
  appId: string,
  { ticket, sentAtMs }: { ticket: string; sentAtMs: number },
): Promise<boolean> {
  const name = ticketName(appId);
  for (;;) {
    const number = await vault.newest(name);
    const before = await readDocument(vault, appId);
    if (before !== null && before.sent_at > sentAtMs) return false;
    const text = JSON.stringify({ version: 1, ticket, sent_at: sentAtMs });
    if (await vault.swap(name, { number, text })) return true;
  }
}

async function readDocument(vault: Vault, appId: string): Promise<z.infer<typeof ticketSchema> | null> {
  const version = await vault.read(ticketName(appId));
  if (version === null) return null;
  return ticketSchema.safeParse(JSON.parse(version.text)).data ?? null;
}
