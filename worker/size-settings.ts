/** Bounds on what is downloaded and read, in bytes: `256MiB`, `1GiB`. */
import { z } from 'zod';
import { limitReadings } from '../sheets/index.ts';

const UNIT_BYTES: Record<string, number> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const TAKES = 'takes a size, such as 256MiB or 1GiB';

const size = z
  .string()
  .regex(/^[1-9]\d{0,5}(KiB|MiB|GiB)$/, TAKES)
  .transform((text) => Number.parseInt(text, 10) * UNIT_BYTES[text.slice(-3)]!);

export const sizeSchema = {
  FEISHU_MAX_DOWNLOAD: size.default(256 * UNIT_BYTES['MiB']!),
  FEISHU_MAX_XLSX: size.default(UNIT_BYTES['GiB']!),
};

/** For a program that reads raw files without the other settings. @throws Error that says what the setting takes */
export function limitReadingsBy(env: NodeJS.ProcessEnv): void {
  const parsed = sizeSchema.FEISHU_MAX_XLSX.safeParse(env['FEISHU_MAX_XLSX'] || undefined);
  if (!parsed.success) throw new Error(`FEISHU_MAX_XLSX: ${TAKES}`);
  limitReadings({ inflatedBytes: parsed.data });
}
