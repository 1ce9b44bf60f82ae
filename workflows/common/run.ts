/**
 * What all runs have in common: the messages that they take, what people see of them, what becomes of a failure. A
 * workflow makes one before its first await, takes messages, and leads its work; the rest of it is what it is there for.
 */
import { CancellationScope, ContinueAsNew, setHandler } from '@temporalio/workflow';
import type { DescribedProfile } from '../../activities/index.ts';
import { progressQuery, type Progress } from '../messages.ts';
import { looksWith, type Looks } from './activities.ts';
import { ApiCalls } from './api-calls.ts';
import { toDocumentedFailure, unwrapFailure } from './outcomes.ts';
import { finishedUnits, progressOf, Rate, showDetails, type Seen } from './progress.ts';
import { SearchAttributes, type SearchAttributeValues } from './search-attributes.ts';
import { Steering } from './steering.ts';
import { watching } from './waiting.ts';

export interface RunOptions {
  /** How far the work is. */
  seen(): Seen;
  /** Told after each change of what is seen. */
  onShow?(): void;
  /** What else the operator has to be told. */
  notes?(): readonly string[];
  /** Of the run before, which this one continues. */
  carried?: { paused: boolean; startedAtMs: number } | undefined;
}

export class Run {
  readonly steering: Steering;
  readonly startedAtMs: number;
  readonly #options: RunOptions;
  readonly #rate = new Rate();
  #attributes = new SearchAttributes([]);
  #calls: ApiCalls | null = null;
  #done = false;
  #waitingFor: string | null = null;
  #moves = 0;
  #movedAtMs = Date.now();

  constructor(options: RunOptions) {
    this.#options = options;
    this.startedAtMs = options.carried?.startedAtMs ?? Date.now();
    const onChange = () => {
      this.#movedAtMs = Date.now();
      this.show();
    };
    this.steering = new Steering({ paused: options.carried?.paused ?? false, onChange });
  }

  /** Before the first await: whoever has just started the run may ask and steer at once. */
  takeMessages(): void {
    setHandler(progressQuery, () => this.progress());
    this.steering.takeMessages();
  }

  /** Where the calls are made. Before it is known none can be. */
  callsAt(profile: string, taskQueue: string): void {
    this.#calls = new ApiCalls({ profile, taskQueue, steering: this.steering });
  }

  /** For a run that is found by its search attributes. */
  findableBy({ search_attributes }: Pick<DescribedProfile, 'search_attributes'>, values: SearchAttributeValues): void {
    this.#attributes = new SearchAttributes(search_attributes);
    this.#attributes.set({ ...values, FeishuStatus: this.progress().state });
  }

  get calls(): ApiCalls {
    if (this.#calls === null) throw new TypeError('no call can be made before the queue of calls is known');
    return this.#calls;
  }

  get paused(): boolean {
    return this.steering.paused;
  }

  /** What the next run of the chain takes over. */
  get carried(): { paused: boolean; startedAtMs: number } {
    return { paused: this.paused, startedAtMs: this.startedAtMs };
  }

  progress(): Progress {
    return progressOf(this.#options.seen(), {
      done: this.#done,
      paused: this.paused,
      waitingFor: this.#waitingFor,
      startedAtMs: this.startedAtMs,
      nowMs: Date.now(),
      perMinute: { calls: this.#rate.perMinute('calls'), units: this.#rate.perMinute('units') },
    });
  }

  /** To be called after each change of what is seen. */
  show(): void {
    const { calls, units } = this.#options.seen();
    this.#noteMove(calls + finishedUnits(units));
    this.#rate.mark(calls, finishedUnits(units));
    const progress = this.progress();
    showDetails(progress, this.#options.notes?.());
    if (!this.#done) this.#attributes.set({ FeishuStatus: progress.state });
    this.#options.onShow?.();
  }

  finish(outcome: 'complete' | 'incomplete'): void {
    this.#done = true;
    this.#attributes.set({ FeishuStatus: outcome });
    this.show();
  }

  /**
   * Does what the workflow is there for, and lets it close after every child.
   * @param how `documented`: a failure ends the run with one of the documented types, as for a run that people start
   */
  async lead<T>(work: () => Promise<T>, how: 'documented' | 'as it is' = 'documented'): Promise<T> {
    try {
      return await this.steering.children.outlive(work);
    } catch (error) {
      if (error instanceof ContinueAsNew) throw error;
      const cancelled = CancellationScope.current().consideredCancelled;
      this.#attributes.set({ FeishuStatus: cancelled ? 'cancelled' : 'failed' });
      throw how === 'documented' ? toDocumentedFailure(error) : unwrapFailure(error);
    }
  }

  /** Says in `waiting_for` what keeps calls from being made while the work does not move. */
  async watched<T>(profile: string, work: () => Promise<T>): Promise<T> {
    const onWaiting = (waitingFor: string | null) => {
      if (this.#waitingFor === waitingFor) return;
      this.#waitingFor = waitingFor;
      this.show();
    };
    const movedAtMs = () => this.#movedAtMs;
    const done = await watching({ profile, movedAtMs, go: () => this.steering.go(), onWaiting }, work);
    onWaiting(null);
    return done;
  }

  /** Looks before the work begins, that say what they wait for. */
  looks(profile: string): Looks {
    return looksWith((wait) => this.watched(profile, wait));
  }

  #noteMove(moves: number): void {
    if (moves === this.#moves) return;
    this.#moves = moves;
    this.#movedAtMs = Date.now();
    this.#waitingFor = null;
  }
}
