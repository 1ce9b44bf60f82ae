/**
 * Pause and resume, in every workflow the same way.
 *
 * A pause takes back the calls that wait for their turn (a call that was sent is answered first), holds those that
 * would come next, and is passed on to the children, those that start later included.
 */
import { CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow';
import type { ChildWorkflowHandle, Workflow } from '@temporalio/workflow';
import { Children } from './children.ts';
import { pauseSignal, resumeSignal } from '../messages.ts';

export class Steering {
  #paused: boolean;
  readonly #waitingCalls = new Set<CancellationScope>();
  readonly #children = new Children();
  readonly #onChange: () => void;

  /** Sets the signal handlers. `paused`: carried over from the run before. */
  constructor({ paused = false, onChange = () => {} }: { paused?: boolean; onChange?: () => void } = {}) {
    this.#paused = paused;
    this.#onChange = onChange;
    setHandler(pauseSignal, () => this.#set(true));
    setHandler(resumeSignal, () => this.#set(false));
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Resolves when the run is not paused. */
  async go(): Promise<void> {
    if (this.#paused) await condition(() => !this.#paused);
  }

  /** Makes a call that a pause takes back while it waits for its turn, and that is made again after the pause. */
  async call<T>(activity: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.go();
      const scope = new CancellationScope({ cancellable: true });
      this.#waitingCalls.add(scope);
      try {
        return await scope.run(activity);
      } catch (error) {
        const takenBack = isCancellation(error) && !CancellationScope.current().consideredCancelled;
        if (!takenBack) throw error;
      } finally {
        this.#waitingCalls.delete(scope);
      }
    }
  }

  /** Starts a child once the run is not paused, and passes pause and resume on to it until it has ended. */
  async child<T extends Workflow, R>(
    start: () => Promise<ChildWorkflowHandle<T>>,
    result: (handle: ChildWorkflowHandle<T>) => Promise<R>,
  ): Promise<R> {
    await this.go();
    return await this.#children.run(start, async (handle) => {
      if (this.#paused) await this.#tell(handle);
      return await result(handle);
    });
  }

  /** Does what the workflow is there for, and lets it close after every child. */
  async lead<T>(work: () => Promise<T>): Promise<T> {
    return await this.#children.outlive(work);
  }

  #set(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#onChange();
    if (paused) for (const scope of this.#waitingCalls) scope.cancel();
    for (const child of this.#children) void this.#tell(child);
  }

  /** A child that has ended meanwhile, or is being cancelled, needs no word: the signal then fails, and nothing is lost. */
  async #tell(child: ChildWorkflowHandle<Workflow>): Promise<void> {
    await child.signal(this.#paused ? pauseSignal : resumeSignal).catch(() => {});
  }
}
