import { CancellationScope, isCancellation } from '@temporalio/workflow';

/** Thrown out of a wait that was ended early: what it was for has not begun. */
export class WaitEnded extends Error {
  override readonly name = 'WaitEnded';
}

/** Waits that can be ended early, all at once and for good. A cancellation of the run passes through them as always. */
export class Waits {
  readonly #open = new Set<CancellationScope>();
  #ended = false;

  /** @throws WaitEnded */
  async run<T>(wait: () => Promise<T>): Promise<T> {
    if (this.#ended) throw new WaitEnded();
    const scope = new CancellationScope({ cancellable: true });
    this.#open.add(scope);
    try {
      return await scope.run(wait);
    } catch (error) {
      const early = this.#ended && isCancellation(error) && !CancellationScope.current().consideredCancelled;
      throw early ? new WaitEnded() : error;
    } finally {
      this.#open.delete(scope);
    }
  }

  end(): void {
    this.#ended = true;
    for (const scope of this.#open) scope.cancel();
  }
}
