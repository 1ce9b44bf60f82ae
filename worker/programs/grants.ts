/** `node dist/worker/programs/grants.js [--json]`: who is logged in, for which scopes, until when. No token. Exit 1 where one is not good. */
import { parseArgs } from 'node:util';
import { openVault, readGrant } from '../../logins/index.ts';
import { grantLine, grantView, type GrantView } from '../login/grant-view.ts';
import { settingsOrExit } from '../login/settings.ts';
import { print, printJson } from '../../report/terminal.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const settings = settingsOrExit();
try {
  const vault = openVault(settings.grants);
  const views: GrantView[] = [];
  for (const { name } of settings.profiles) {
    const stored = await readGrant(vault, name);
    if (stored !== null) views.push(grantView(name, stored.grant, Date.now()));
  }
  const nobody = 'Nobody is logged in. Next: feishu-vc login';
  if (values.json) printJson(process.stdout, views);
  else print(process.stdout, views.map(grantLine).join('\n') || nobody);
  if (views.some(({ state }) => state !== 'good')) process.exitCode = 1;
} catch (error) {
  print(process.stderr, `The grants cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
