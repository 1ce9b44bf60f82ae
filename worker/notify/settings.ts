/** Who is told what has ended or waits for a person: a group's bot in Feishu, and any service by a webhook. */
import { z } from 'zod';
import { isOnThisMachine } from '../../model/clear-text.ts';
import type { SecretSetting } from '../secrets.ts';

/** `bot`: a custom bot of a Feishu group. `webhook`: a JSON document. Null: nobody is told in this way. */
export type NotifySettings = Record<ChannelName, Receiver | null>;
export type ChannelName = 'bot' | 'webhook';

export interface Receiver {
  /** Whoever has it may write to the group: a secret too. */
  url: string;
  /** Signs what is sent; null: it goes unsigned. */
  secret: SecretSetting | null;
}

/** What `_SECRET` is added to: the name of the receiver, or its whole setting. */
const NAMES = { bot: 'NOTIFY_FEISHU_BOT', webhook: 'NOTIFY_WEBHOOK' } as const;
export const NOTIFY_SECRETS = [
  'NOTIFY_FEISHU_BOT_URL',
  'NOTIFY_FEISHU_BOT_SECRET',
  'NOTIFY_FEISHU_BOT_URL_SECRET',
  'NOTIFY_WEBHOOK_URL',
  'NOTIFY_WEBHOOK_SECRET',
  'NOTIFY_WEBHOOK_URL_SECRET',
] as const;
type NotifySecret = (typeof NOTIFY_SECRETS)[number];

const url = z
  .string()
  .refine((text) => {
    if (!URL.canParse(text)) return false;
    const { protocol, username, password } = new URL(text);
    if (username !== '' || password !== '') return false;
    return protocol === 'https:' || (protocol === 'http:' && isOnThisMachine(text));
  }, 'takes an https URL, or an http one of this machine')
  .optional();
const secret = z.string().min(1, 'is empty').optional();

export const notifySchema = {
  NOTIFY_FEISHU_BOT_URL: url,
  NOTIFY_FEISHU_BOT_SECRET: secret,
  NOTIFY_FEISHU_BOT_URL_SECRET: secret,
  NOTIFY_WEBHOOK_URL: url,
  NOTIFY_WEBHOOK_SECRET: secret,
  NOTIFY_WEBHOOK_URL_SECRET: secret,
};

/** `settingOf`: null where it is not set. What is wrong is added to `problems`, without any value. */
export function notifySettings(
  settingOf: (name: NotifySecret) => SecretSetting | null,
  problems: string[],
): NotifySettings {
  const receiver = (name: (typeof NAMES)[ChannelName]): Receiver | null => {
    const at = settingOf(`${name}_URL`);
    const [own, alias] = [settingOf(`${name}_SECRET`), settingOf(`${name}_URL_SECRET`)];
    if (own && alias && own.value !== alias.value) {
      problems.push(`${name}_SECRET: ${name}_URL_SECRET, which means the same, has another value; set one of them`);
    }
    const signs = own ?? alias;
    if (at) return { url: at.value, secret: signs };
    if (signs) problems.push(`${name}_URL: missing; ${signs.setting} alone tells nobody`);
    return null;
  };
  return { bot: receiver(NAMES.bot), webhook: receiver(NAMES.webhook) };
}
