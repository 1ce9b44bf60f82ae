import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StoreError } from '../store/errors.ts';
import { FileVault, type Vault } from './vault.ts';

export function openVault({ url, key }: { url: string; key: Buffer | null }): Vault {
  return new FileVault({ folder: vaultFolder(url), key });
}

/** `file:./grants` or `file:///srv/grants`. @throws StoreError `refused`, without the URL, which may carry a password */
export function vaultFolder(url: string): string {
  if (!/^file:./i.test(url)) {
    throw new StoreError('refused', 'FEISHU_GRANTS_URL takes a folder, such as file:./grants or file:///srv/grants.');
  }
  const rest = url.slice('file:'.length);
  return rest.startsWith('//') ? fileURLToPath(url) : resolve(decodeURIComponent(rest));
}
