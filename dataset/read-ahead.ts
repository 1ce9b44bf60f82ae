/** Reading many small things one after the other where each takes its time to come, as from a bucket. */

const AT_ONCE = 16;

/**
 * What `read` gives for each item, in the order of the items, while the next ones are under way. Where one fails, so does the
 * whole, when it is that one's turn.
 */
export async function* readAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  read: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const reading = read(item);
      // Its failure is told when it is its turn, and until then is nobody's.
      reading.catch(() => {});
      underWay.push(reading);
      if (underWay.length >= AT_ONCE) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    await Promise.allSettled(underWay);
  }
}

/** Does `work` for each item, some at a time. */
export async function forEachAhead<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const working = readAhead(items, work);
  while ((await working.next()).done !== true);
}
