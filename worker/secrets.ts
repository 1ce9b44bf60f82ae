/** Secrets as they are configured: by themselves, or by the path of a file that is read again. */
import { readFile } from 'node:fs/promises';
import { givenSecret, type Secret } from '../feishu/index.ts';

/** A value of the settings, and the file that it came from. */
export interface SecretSetting {
  /** `FEISHU_APP_SECRET`, or `FEISHU_APP_SECRET_FILE` where it came from a file. */
  setting: string;
  value: string;
  path: string | null;
}

/** One look at the file answers for all that ask within this time. */
const READ_EVERY_MS = 1000;

export function secretOf({ setting, value, path }: SecretSetting): Secret {
  return path === null ? givenSecret(setting, value) : new FileSecret({ setting, value, path });
}

class FileSecret implements Secret {
  readonly setting: string;
  readonly isReread = true;
  readonly #path: string;
  #value: string;
  #readMs = performance.now();

  constructor({ setting, value, path }: { setting: string; value: string; path: string }) {
    this.setting = setting;
    this.#value = value;
    this.#path = path;
  }

  async get(): Promise<string> {
    const nowMs = performance.now();
    if (nowMs - this.#readMs >= READ_EVERY_MS) {
      this.#readMs = nowMs;
      // While a file is being replaced it may be absent or empty for a moment: the old value is as good as any then.
      const text = await readFile(this.#path, 'utf8').catch(() => '');
      this.#value = text.trim() || this.#value;
    }
    return this.#value;
  }
}
