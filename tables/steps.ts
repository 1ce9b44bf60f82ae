/**
 * Work on any number of rows that whoever runs it may pause at each `yield`, so that others have their turn. What it gives
 * does not depend on that.
 */
export type Steps<T> = Generator<void, T, void>;

/** Without a pause. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
