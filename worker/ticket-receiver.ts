/**
 * Receives the events of store apps and keeps their tickets. An event is believed only when it is signed with the Encrypt Key and
 * carries the Verification Token, as Feishu documents it; all of it by node:crypto, which takes less than the official package
 * would bring along (29 MB, with two HTTP stacks).
 */
import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { z } from 'zod';
import { jsonIn } from '../logins/grant.ts';
import { writeTicket, type Vault } from '../logins/index.ts';

export interface StoreAppEvents {
  appId: string;
  encryptKey: string;
  verificationToken: string;
}

export interface TicketReceiverOptions {
  apps: readonly StoreAppEvents[];
  vault: Vault;
  port: number;
  host: string;
  onTicket(appId: string): void;
  /** Something came that is not believed, or could not be kept; without its content. */
  onRefused(reason: string): void;
}

/** @returns when it listens; rejects with the system's error where the port is taken */
export async function startTicketReceiver(o: TicketReceiverOptions): Promise<Server> {
  const server = createServer((request, response) => {
    void receive(o, request)
      .catch((error: unknown): Reply => {
        o.onRefused(error instanceof Error ? error.message : String(error));
        return { status: 500, json: {} };
      })
      .then(({ status, json }) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
        response.end(JSON.stringify(json));
      });
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(o.port, o.host, resolve));
  return server;
}

interface Reply {
  status: number;
  json: Record<string, unknown>;
}

const REFUSED: Reply = { status: 403, json: {} };

async function receive(o: TicketReceiverOptions, request: IncomingMessage): Promise<Reply> {
  const body = request.method === 'POST' ? await bodyOf(request) : null;
  if (body === null) return { status: 404, json: {} };
  const sealed = envelope.safeParse(jsonIn(body));
  if (!sealed.success) return refuse(o, 'an event that is not encrypted: set an Encrypt Key in the console');
  for (const app of o.apps) {
    const event = eventSchema.safeParse(jsonIn(decrypted(app.encryptKey, sealed.data.encrypt) ?? ''));
    if (!event.success) continue;
    const { data } = event;
    if (!isSame(data.token ?? data.header?.token ?? '', app.verificationToken)) {
      return refuse(o, 'an event with another Verification Token');
    }
    // Asked once, when the address is saved in the console; it is not signed.
    if (data.type === 'url_verification') return { status: 200, json: { challenge: data.challenge ?? '' } };
    if (!isSigned(request, { body, encryptKey: app.encryptKey })) return refuse(o, 'an event with a wrong signature');
    return await take(o, app, data);
  }
  return refuse(o, 'an event that was encrypted with another Encrypt Key');
}

function refuse(o: TicketReceiverOptions, reason: string): Reply {
  o.onRefused(reason);
  return REFUSED;
}

/** Clocks differ by so much, the way of an event included. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

/** Events of other kinds are taken and dropped: Feishu would send them again. */
async function take(o: TicketReceiverOptions, { appId }: StoreAppEvents, data: Event): Promise<Reply> {
  const { event, ts, header } = data;
  if (event?.app_ticket !== undefined && event.app_id === appId) {
    const sentAtMs = header?.create_time === undefined ? Number(ts ?? 0) * 1000 : Number(header.create_time);
    // A time far ahead would keep every later ticket out.
    if (!(Math.abs(sentAtMs - Date.now()) <= CLOCKS_DIFFER_MS)) return refuse(o, 'a ticket of another time than now');
    if (await writeTicket(o.vault, appId, { ticket: event.app_ticket, sentAtMs })) o.onTicket(appId);
  }
  return { status: 200, json: {} };
}

const envelope = z.object({ encrypt: z.string().max(1_000_000) });
/** Both forms of events: the older one with `token` and `ts` at the top, the newer one with a header. */
const eventSchema = z.object({
  type: z.string().optional(),
  token: z.string().optional(),
  ts: z.string().optional(),
  challenge: z.string().optional(),
  header: z.object({ token: z.string().optional(), create_time: z.string().optional() }).optional(),
  event: z.object({ app_id: z.string().optional(), app_ticket: z.string().optional() }).optional(),
});
type Event = z.infer<typeof eventSchema>;

const MAX_BODY_BYTES = 1024 * 1024;

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** AES-256-CBC with the SHA-256 of the key; the first 16 bytes are the initialisation vector. Null for another key. */
function decrypted(encryptKey: string, text: string): string | null {
  const bytes = Buffer.from(text, 'base64');
  try {
    const key = createHash('sha256').update(encryptKey).digest();
    const decipher = createDecipheriv('aes-256-cbc', key, bytes.subarray(0, 16));
    return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString('utf8');
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

function isSigned({ headers }: IncomingMessage, { body, encryptKey }: { body: string; encryptKey: string }): boolean {
  const signed = `${textOf(headers['x-lark-request-timestamp'])}${textOf(headers['x-lark-request-nonce'])}${encryptKey}${body}`;
  return isSame(textOf(headers['x-lark-signature']), createHash('sha256').update(signed).digest('hex'));
}

const textOf = (header: string | string[] | undefined): string => (typeof header === 'string' ? header : '');

function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
