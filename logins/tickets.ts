/** The newest ticket of a store app, kept beside the grants: whoever receives it is another process than those that use it. */
import { z } from 'zod';
import { readIfOpen, type Vault, type Version } from './vault.ts';

const ticketSchema = z.object({ version: z.literal(1), ticket: z.string(), sent_at: z.number() });

const ticketName = (appId: string): string => `ticket-${appId.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}`;

export async function readTicket(vault: Vault, appId: string): Promise<string | null> {
  const version = await vault.read(ticketName(appId));
  return version === null ? null : (documentIn(version)?.ticket ?? null);
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
    const before = await readIfOpen(vault, name);
    const known = before === null || before === 'not opened' ? null : documentIn(before);
    if (known !== null && known.sent_at > sentAtMs) return false;
    const text = JSON.stringify({ version: 1, ticket, sent_at: sentAtMs });
    if (await vault.swap(name, { number, text })) return true;
  }
}

function documentIn({ text }: Version): z.infer<typeof ticketSchema> | null {
  return ticketSchema.safeParse(JSON.parse(text)).data ?? null;
}
