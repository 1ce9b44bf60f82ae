/**
 * Who may read what a process writes: its owner, and where `FEISHU_UMASK` says so his group; nobody else. Every process
 * that writes says so in its first line; what it starts inherits it.
 */
const OWNER_ONLY = 0o077;
const UMASKS: Readonly<Record<string, number>> = { '077': OWNER_ONLY, '027': 0o027 };

export const UMASK_TAKES = 'takes 077 (only the owner reads what is written) or 027 (his group reads it too)';

/**
 * @param text the setting; absent or empty: the owner only
 * @returns the bits that no file or folder gets; null for what would open them to others
 */
export function umaskOf(text: string | undefined): number | null {
  return text === undefined || text === '' ? OWNER_ONLY : (UMASKS[text] ?? null);
}

/** Only the parts of `process` that this needs. */
interface Process {
  env: Record<string, string | undefined>;
  umask(mask: number): unknown;
}

/** From here on. A setting that is wrong counts as the owner only, until whoever reads the settings refuses it. */
export function closeFiles(self: Process): void {
  self.umask(umaskOf(self.env['FEISHU_UMASK']) ?? OWNER_ONLY);
}
