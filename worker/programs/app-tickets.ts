/**
 * `node dist/worker/programs/app-tickets.js --port N [--host ADDRESS]`: receives the tickets of the store apps of the profiles and
 * keeps them beside the grants, until it is told to stop.
 */
import { parseArgs } from 'node:util';
import { FeishuClient } from '../../feishu/index.ts';
import { openVault } from '../../logins/index.ts';
import { settingsOrExit, usage } from '../login/settings.ts';
import { startTicketReceiver, type StoreAppEvents } from '../ticket-receiver.ts';
import { print } from '../../report/terminal.ts';

const USAGE = 'usage: app-tickets --port N [--host ADDRESS]';
const { values } = parseArgs({ options: { port: { type: 'string' }, host: { type: 'string', default: '0.0.0.0' } } });
const port = Number(values.port);
if (!/^\d{1,5}$/.test(values.port ?? '') || port > 65_535) usage('--port takes a port, 0 to 65535', USAGE);

const settings = settingsOrExit();
const storeProfiles = settings.profiles.filter(({ appType }) => appType === 'store');
if (storeProfiles.length === 0) usage('No profile has a store app: set FEISHU_APP_TYPE=store', USAGE);

const apps = new Map<string, StoreAppEvents>();
for (const { name, appId, encryptKey, verificationToken } of storeProfiles) {
  if (appId === null || encryptKey === null || verificationToken === null) {
    usage(
      `FEISHU_ENCRYPT_KEY and FEISHU_VERIFICATION_TOKEN of profile ${name}: missing; the console shows them`,
      USAGE,
    );
  }
  apps.set(appId, { appId, encryptKey: encryptKey.value, verificationToken: verificationToken.value });
}

const say = (line: string): void => print(process.stdout, line);
try {
  const server = await startTicketReceiver({
    apps: [...apps.values()],
    vault: openVault(settings.grants),
    port,
    host: values.host,
    onTicket: (appId) => say(`A ticket of ${appId} came and is kept.`),
    onRefused: (reason) => print(process.stderr, `Refused: ${reason}`),
  });
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const address = server.address();
  say(`Receiving tickets on port ${typeof address === 'object' && address ? address.port : port}. Ctrl-C stops it.`);
  await askForTickets();
  await stopped;
  server.closeAllConnections();
  server.close();
} catch (error) {
  print(process.stderr, `No tickets are received: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** So that the first one does not take an hour. One that cannot be asked for comes by itself. */
async function askForTickets(): Promise<void> {
  for (const { baseUrl, appId, appSecret } of storeProfiles) {
    if (appId === null || appSecret === null) continue;
    const client = new FeishuClient({ baseUrl });
    await client.resendAppTicket(appId, appSecret.value).catch((error: unknown) => {
      print(process.stderr, `No ticket could be asked for: ${error instanceof Error ? error.message : String(error)}`);
    });
    await client.close();
  }
}
