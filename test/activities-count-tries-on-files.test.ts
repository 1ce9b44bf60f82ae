/** Work on files, attempt by attempt: what counts as a try and what is waited out. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { onFiles } from '../activities/on-files.ts';
import { readSheet } from '../sheets/index.ts';
import { StoreError } from '../store/errors.ts';
import { Attempts } from './support/call-deps.ts';
import { workbookOf } from './support/workbook.ts';

/** Twenty thousand rows. */
const LONG = workbookOf({
  rows: Array.from({ length: 20_000 }, (_, row) => `<row r="${row + 1}"><c r="A${row + 1}"><v>1</v></c></row>`).join(
    '',
  ),
});

const away = () => Promise.reject(new StoreError('unavailable', 'the disk is full'));
const broken = () => Promise.reject(new TypeError('x'));

afterEach(() => void vi.useRealTimers());

describe('work on files', () => {
  test('that has waited for the store a hundred times has all of its tries left', async () => {
    const attempts = new Attempts({ attempt: 100 });
    expect(await attempts.once(() => onFiles(away))).toMatchObject({ category: 'BENIGN' });
    expect(await attempts.once(() => onFiles(broken))).toMatchObject({ type: 'StoreUnavailable', nonRetryable: false });
  });

  test('that fails in a way that nobody foresaw is given up at the eighth failure, whatever it waited between', async () => {
    const attempts = new Attempts();
    const ends: unknown[] = [];
    for (let failure = 0; failure < 8; failure++) {
      await attempts.once(() => onFiles(away));
      ends.push(await attempts.once(() => onFiles(broken)));
    }
    expect(ends.slice(0, 7)).toMatchObject(Array.from({ length: 7 }, () => ({ nonRetryable: false })));
    expect(ends.at(-1)).toMatchObject({ type: 'StoreUnavailable', nonRetryable: true });
  });

  test('in the middle of which eight workers have ended is given up', async () => {
    const attempts = new Attempts({ attempt: 2 });
    let begun = 0;
    let end: unknown;
    for (let attempt = 0; attempt < 20; attempt++) {
      let told: unknown;
      end = await attempts.once(() =>
        onFiles(() => {
          begun++;
          told = structuredClone(attempts.details);
          return Promise.resolve('done, and the worker ended before it was told');
        }),
      );
      if (end instanceof Error) break;
      attempts.details = told;
    }
    expect(begun).toBe(8);
    expect(end).toMatchObject({ type: 'StoreUnavailable', nonRetryable: true });
  });

  test.each([
    ['has had its time', false],
    ['is cancelled', true],
  ])('that %s stops reading, and others have its place', async (_what, cancels) => {
    // Its time passes where the test says so.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let rows = 0;
    const slowly = async (): Promise<void> => {
      for await (const row of readSheet(LONG)) {
        rows += row ? 1 : 0;
        await delay(2);
      }
    };
    const attempts = Array.from({ length: 2 }, () => new Attempts({ startToCloseTimeoutMs: 60_000 }));
    const working = attempts.map((each) => each.once(() => onFiles(slowly)));
    await vi.waitUntil(() => rows > 0, { timeout: 60_000 });
    if (cancels) for (const each of attempts) each.cancel();
    else vi.advanceTimersByTime(60_000);
    const expected = cancels ? { name: 'CancelledFailure' } : { type: 'StoreUnavailable' };
    expect(await Promise.all(working)).toMatchObject([expected, expected]);
    // Two files are read at a time: this one waits for a place.
    let next = 0;
    for await (const row of readSheet(LONG)) next += row ? 1 : 0;
    expect(next).toBe(20_000);
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(20_000);
  });

  test('that hangs is a store that is away', async () => {
    const attempts = new Attempts({ startToCloseTimeoutMs: 100 });
    const ended = await attempts.once(() => onFiles(() => new Promise(() => undefined)));
    expect(ended).toMatchObject({ type: 'StoreUnavailable', category: 'BENIGN' });
    expect(attempts.details).toMatchObject({ failures: 0 });
  });
});
