/** Sends a notice to a receiver, once. Whether it is tried again is decided elsewhere, by what is known to have arrived. */
import { createHmac } from 'node:crypto';
import { exchange, poolFor, type Answer, type ConnectionPool } from '../../feishu/http.ts';
import { codeOf } from '../../feishu/redact.ts';
import { secretOf } from '../secrets.ts';
import { cardOf } from './card.ts';
import type { Notice } from './notice.ts';
import type { ChannelName, NotifySettings, Receiver } from './settings.ts';

/**
 * `delivered`: taken. `refused`: it certainly was not, nothing was sent or the receiver said no. `unknown`: it may have been.
 * `why` holds neither the address nor a secret.
 */
export type Delivery = { is: 'delivered' } | { is: 'refused' | 'unknown'; why: string };

export interface Channel {
  name: ChannelName;
  send(notice: Notice): Promise<Delivery>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5000;
const ANSWER_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

interface Message {
  body: string;
  headers: Record<string, string>;
}

export function openChannels(settings: NotifySettings): Channel[] {
  return [
    ...(settings.bot ? [openChannel('bot', settings.bot, cardMessage)] : []),
    ...(settings.webhook ? [openChannel('webhook', settings.webhook, documentMessage)] : []),
  ];
}

function openChannel(
  name: ChannelName,
  { url: text, secret: setting }: Receiver,
  write: (notice: Notice, secret: string | null) => Message,
): Channel {
  const url = new URL(text);
  const secret = setting === null ? null : secretOf(setting);
  const pool = poolFor(url.origin, CONNECT_TIMEOUT_MS);
  return {
    name,
    send: async (notice) => {
      const message = write(notice, (await secret?.get()) ?? null);
      return await post(pool, { ...message, path: url.pathname + url.search, saysCodes: name === 'bot' });
    },
    close: async () => await pool.dispatcher.destroy(),
  };
}

/** As Feishu's custom bots take it: the signed text is the key, and nothing is the message. */
function cardMessage(notice: Notice, secret: string | null): Message {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const sign = createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
  const signed = secret === null ? {} : { timestamp, sign };
  return { body: JSON.stringify({ ...signed, msg_type: 'interactive', card: cardOf(notice) }), headers: {} };
}

function documentMessage(notice: Notice, secret: string | null): Message {
  const body = JSON.stringify(notice);
  if (secret === null) return { body, headers: {} };
  return { body, headers: { 'x-signature': createHmac('sha256', secret).update(body).digest('hex') } };
}

/** `saysCodes`: as Feishu does, which says no with 200 and a code. */
async function post(
  pool: ConnectionPool,
  { path, body, headers, saysCodes }: Message & { path: string; saysCodes: boolean },
): Promise<Delivery> {
  let isSent = false;
  try {
    const answer = await exchange(pool, {
      method: 'POST',
      path,
      body,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      bodyIdleTimeoutMs: ANSWER_TIMEOUT_MS,
      totalTimeoutMs: ANSWER_TIMEOUT_MS,
      onSent: () => (isSent = true),
    });
    const code = await codeIn(answer);
    if (answer.status >= 500) return { is: 'unknown', why: `HTTP ${answer.status}` };
    if (answer.status >= 300) return { is: 'refused', why: `HTTP ${answer.status}` };
    return saysCodes && code !== 0 ? { is: 'refused', why: `Feishu code ${code}` } : { is: 'delivered' };
  } catch (error) {
    const why = codeOf(error) ?? (error instanceof Error ? error.name : 'no answer');
    return { is: isSent ? 'unknown' : 'refused', why };
  }
}

/** Reads the answer to its end; 0 for whatever is none of Feishu's. */
async function codeIn({ body }: Answer): Promise<number> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      body.destroy();
      return 0;
    }
    chunks.push(chunk);
  }
  try {
    const answer = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { code?: unknown } | null;
    return typeof answer?.code === 'number' ? answer.code : 0;
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}
