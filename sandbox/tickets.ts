/** Sends app_ticket events to store apps: encrypted with the Encrypt Key and signed, as documented. */
import { createCipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import type { AppSettings } from './options.ts';

/** @returns the status of the receiver, or why there was none */
export async function sendTicket(app: AppSettings, o: { ticket: string; nowMs: number }): Promise<string> {
  if (!app.events) return 'the app takes no events';
  const { url, encryptKey, verificationToken } = app.events;
  const event = { app_id: app.app_id, app_ticket: o.ticket, type: 'app_ticket' };
  const envelope = { ts: (o.nowMs / 1000).toFixed(7), uuid: randomUUID(), token: verificationToken };
  return await sendEvent({ url, encryptKey, payload: { ...envelope, type: 'event_callback', event }, nowMs: o.nowMs });
}

interface Outgoing {
  url: string;
  encryptKey: string;
  payload: Record<string, unknown>;
  nowMs: number;
}

export async function sendEvent({ url, encryptKey, payload, nowMs }: Outgoing): Promise<string> {
  const body = JSON.stringify({ encrypt: encrypted(encryptKey, JSON.stringify(payload)) });
  const timestamp = String(Math.floor(nowMs / 1000));
  const nonce = randomBytes(8).toString('hex');
  const signature = createHash('sha256').update(timestamp + nonce + encryptKey + body);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'X-Lark-Request-Timestamp': timestamp,
        'X-Lark-Request-Nonce': nonce,
        'X-Lark-Signature': signature.digest('hex'),
      },
      body,
      signal: AbortSignal.timeout(3000),
    });
    return `HTTP ${response.status} ${await response.text()}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** AES-256-CBC with the key's SHA-256, the initialisation vector in front, in base64. */
function encrypted(encryptKey: string, text: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(encryptKey).digest(), iv);
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()]).toString('base64');
}
