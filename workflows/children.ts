/**
 * The children of a run. A cancel reaches each of them, those that are just being started included, and the run closes
 * after all of them: whoever sees it closed sees nothing of it go on.
 */
import { CancellationScope } from '@temporalio/workflow';
import type { ChildWorkflowHandle, Workflow } from '@temporalio/workflow';

export class Children {
  readonly #open = new Set<ChildWorkflowHandle<Workflow>>();
  readonly #ends = new Set<Promise<void>>();

  /** Those that have started and not ended. */
  [Symbol.iterator](): Iterator<ChildWorkflowHandle<Workflow>> {
    return this.#open.values();
  }

  async run<T extends Workflow, R>(
    start: () => Promise<ChildWorkflowHandle<T>>,
    result: (handle: ChildWorkflowHandle<T>) => Promise<R>,
  ): Promise<R> {
    const running = cancellableOnceStarted(start, async (handle) => {
      this.#open.add(handle);
      try {
        return await result(handle);
      } finally {
        this.#open.delete(handle);
      }
    });
    const end = running.then(
      () => {},
      () => {},
    );
    this.#ends.add(end);
    try {
      return await running;
    } finally {
      this.#ends.delete(end);
    }
  }

  /**
   * Does the work. Where it ends by a failure or a cancel while children are open (of several side by side the first
   * that ends takes the others' caller with it), they are cancelled too and have ended before it throws.
   */
  async outlive<T>(work: () => Promise<T>): Promise<T> {
    const scope = new CancellationScope({ cancellable: true });
    try {
      return await scope.run(work);
    } catch (error) {
      while (this.#ends.size > 0) {
        scope.cancel();
        await Promise.all(this.#ends);
      }
      throw error;
    }
  }
}

/**
 * Holds a cancel back until the child has started. Before that it would reach for a run that is not there yet: Temporal
 * answers that it knows none, the cancel is lost, and the child goes on to its own end.
 */
async function cancellableOnceStarted<T, R>(start: () => Promise<T>, follow: (started: T) => Promise<R>): Promise<R> {
  const outer = CancellationScope.current();
  if (outer.consideredCancelled) return await outer.cancelRequested;
  return await CancellationScope.nonCancellable(async () => {
    const scope = new CancellationScope({ cancellable: true });
    const started = await scope.run(start);
    void outer.cancelRequested.catch(() => scope.cancel());
    return await scope.run(() => follow(started));
  });
}
