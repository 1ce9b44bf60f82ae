/**
 * Pause and resume, in every workflow the same way.
 *
 * A pause has the process that makes the calls hold those of this run at once, takes back the calls that wait for their
 * turn (a call that was sent is answered first), holds those that would come next, and is passed on to the children,
 * those that start later included. A child does the same but for the hold, which covers it already.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ActivityFailure, CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow';
import type { ChildWorkflowHandle, Workflow } from '@temporalio/workflow';
import { runs } from './activities.ts';
import { Children } from './children.ts';
import { pausedByParentSignal, pauseSignal, resumeSignal } from '../messages.ts';
import { Relay } from './relay.ts';
import { Waits } from './waits.ts';

export interface ChildRun<T extends Workflow, R> {
  workflowId: string;
  start(): Promise<ChildWorkflowHandle<T>>;
  result(handle: ChildWorkflowHandle<T>): Promise<R>;
  /** Called when the id turns out to be taken, before it is waited for. */
  onTaken?(): Promise<void>;
  /** End what comes before the child's start early. */
  waits?: Waits;
}

export class Steering {
  #paused: boolean;
  readonly #waitingCalls = new Set<CancellationScope>();
  readonly children = new Children();
  readonly #relays = new Set<Relay>();
  readonly #onChange: () => void;
  #holdRelay: Relay | null = null;
  /** Whether the pause came from outside, and not from a parent that has held the calls already. */
  #ownPause: boolean;

  /** `paused`: carried over from the run before. */
  constructor({ paused, onChange }: { paused: boolean; onChange: () => void }) {
    this.#paused = paused;
    this.#ownPause = paused;
    this.#onChange = onChange;
  }

  /** To be called before the first await, so that no message is refused. */
  takeMessages(): void {
    setHandler(pauseSignal, () => this.#fromOutside(true));
    setHandler(resumeSignal, () => this.#fromOutside(false));
    setHandler(pausedByParentSignal, (paused) => this.#byParent(paused));
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** How the process that makes the calls is told; before it is set there is no call to hold. */
  holdCallsBy(send: (held: boolean) => Promise<void>): void {
    const outsideTheRun = (held: boolean) => CancellationScope.nonCancellable(() => send(held));
    this.#holdRelay = new Relay({ state: () => this.#ownPause, send: outsideTheRun, said: this.#ownPause });
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
        if (!isTakenBack(error) || CancellationScope.current().consideredCancelled) throw error;
      } finally {
        this.#waitingCalls.delete(scope);
      }
    }
  }

  /**
   * Starts a child once the run is not paused, and passes pause and resume on to it until it has ended. Where another run
   * has the id (the child of a terminated run that is just ending, another run of the same day), it is waited for.
   * @throws WaitEnded
   */
  async child<T extends Workflow, R>(run: ChildRun<T, R>): Promise<R> {
    const { workflowId, waits = new Waits() } = run;
    for (;;) {
      await waits.run(() => this.go());
      try {
        return await this.children.run(run.start, (handle) => this.#relaying(handle, run.result));
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      await waits.run(async () => {
        await run.onTaken?.();
        await runs.untilFree.executeWithOptions({ summary: `until ${workflowId} has ended` }, [
          { workflow_id: workflowId },
        ]);
      });
    }
  }

  async #relaying<T extends Workflow, R>(
    handle: ChildWorkflowHandle<T>,
    result: (handle: ChildWorkflowHandle<T>) => Promise<R>,
  ): Promise<R> {
    const send = (paused: boolean) => handle.signal(pausedByParentSignal, paused);
    const relay = new Relay({ state: () => this.#paused, send, said: false });
    this.#relays.add(relay);
    try {
      void relay.catchUp();
      return await result(handle);
    } finally {
      this.#relays.delete(relay);
    }
  }

  #fromOutside(paused: boolean): void {
    this.#ownPause = paused;
    void this.#holdRelay?.catchUp();
    this.#set(paused);
  }

  /** What the parent lets go on goes on, also where it was paused by itself. */
  #byParent(paused: boolean): void {
    if (paused) this.#set(true);
    else this.#fromOutside(false);
  }

  #set(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#onChange();
    if (paused) for (const scope of this.#waitingCalls) scope.cancel();
    for (const relay of this.#relays) void relay.catchUp();
  }
}

/**
 * Ended by being cancelled, or by what would have been tried again had nobody cancelled it: a process that died, a turn
 * that did not come. The server tries nothing again that is to be cancelled.
 */
function isTakenBack(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED');
}
