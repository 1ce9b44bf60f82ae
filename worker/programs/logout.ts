/** `node dist/worker/programs/logout.js [--profile P]`: the tokens of a log-in are removed from where grants lie. */
import { parseArgs } from 'node:util';
import { openVault, removeGrant } from '../../logins/index.ts';
import { settingsOf } from '../login/settings.ts';
import { print } from '../../report/terminal.ts';

const { values } = parseArgs({ options: { profile: { type: 'string', default: 'default' } } });
const { settings, profile } = settingsOf(values.profile);
try {
  const wasThere = await removeGrant(openVault(settings.grants), profile.name);
  const done =
    'Logged out: the tokens are gone from here. Feishu knows the consent until the user takes it back or it expires.';
  print(process.stdout, wasThere ? done : `Nobody is logged in for profile ${profile.name}.`);
} catch (error) {
  print(process.stderr, `Nothing was removed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
