import { openPlaces } from '../../exposure.ts';
import { ofProfile, ok, skip, warn } from '../check.ts';

/** Whether what holds personal data and secrets is closed to other users of this machine. */
export const modes = ofProfile('modes', async ({ settings, profile }, { env }) => {
  if (process.platform === 'win32') return skip('there are no modes of files here');
  const open = await openPlaces({ settings: { ...settings, profiles: [profile] }, env });
  if (open.length === 0) return ok('folders and files of secrets are closed to others');
  return warn(
    `open to other users of this machine: ${open.map(({ path, mode }) => `${path} (${mode})`).join(', ')}`,
    open.map(({ path, closed }) => `chmod ${closed} ${path}`).join(' && '),
  );
});
