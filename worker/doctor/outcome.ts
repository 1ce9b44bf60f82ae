/** What came of something that is tried once, however many checks look at it. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: unknown };

export function once<T>(work: () => Promise<T>): () => Promise<Outcome<T>> {
  let outcome: Promise<Outcome<T>> | undefined;
  return () =>
    (outcome ??= work().then(
      (value) => ({ ok: true, value }),
      (error: unknown) => ({ ok: false, error }),
    ));
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
