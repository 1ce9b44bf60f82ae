/**
 * A local file whose bytes nobody but this process can tell, for what is to be encrypted once it is whole: AES-256-CTR under a
 * key that is in memory alone. Each byte is written once.
 */
import { createCipheriv, randomBytes } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { fileOperation } from './errors.ts';

const BLOCK = 16;

export class HiddenFile {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #key = randomBytes(32);

  private constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** A new file. */
  static async create(path: string): Promise<HiddenFile> {
    return new HiddenFile(await open(path, 'wx+', 0o600), path);
  }

  /** As that of a file: it may write fewer bytes than `length`. */
  async write(bytes: Buffer, offset: number, length: number, position: number): Promise<{ bytesWritten: number }> {
    const hidden = this.#turned(bytes.subarray(offset, offset + length), position);
    return await fileOperation('write', this.#path, () => this.#file.write(hidden, 0, length, position));
  }

  /** Fewer bytes than `length` where the file ends before. */
  async read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#file.read(bytes, 0, length, position);
    return this.#turned(bytes.subarray(0, bytesRead), position);
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** There and back. */
  #turned(bytes: Buffer, position: number): Buffer {
    const counter = Buffer.alloc(BLOCK);
    counter.writeBigUInt64BE(BigInt(Math.floor(position / BLOCK)), BLOCK - 8);
    const cipher = createCipheriv('aes-256-ctr', this.#key, counter);
    cipher.update(Buffer.alloc(position % BLOCK));
    return cipher.update(bytes);
  }
}
