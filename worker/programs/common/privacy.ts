/** The policy by which a program writes tables anew. */
import { readManifest } from '../../../dataset/manifest.ts';
import { StoreError } from '../../../store/errors.ts';
import type { Store } from '../../../store/store.ts';
import { KEEP } from '../../../tables/privacy.ts';

/** Whoever forgets the setting does not mean to write names where there were none. @throws StoreError `refused` */
export async function refuseShowing(store: Store, { profile, day }: { profile: string; day: string }): Promise<void> {
  if (process.env['FEISHU_PRIVACY']) return;
  const manifest = await readManifest(store, { profile, day });
  const hidden = Object.values(manifest?.tables ?? {}).find(({ privacy }) => privacy.fingerprint !== KEEP.fingerprint);
  if (!hidden) return;
  const was = `${day} was written under the privacy policy ${hidden.privacy.name}, and FEISHU_PRIVACY is not set`;
  throw new StoreError('refused', `${was}: set it, to keep where everything is to be shown.`);
}
