/**
 * What all runs have in common: the messages that they take, what people see of them, what becomes of a failure. A
 * workflow makes one before its first await, takes messages, and leads its work; the rest of it is what it is there for.
 */
import { CancellationScope, ContinueAsNew, setHandler } from '@temporalio/workflow';
import { progressQuery } from '../messages.js';
import { ApiCalls } from './api-calls.js';
import { toDocumentedFailure, unwrapFailure } from './outcomes.js';
import { finishedUnits, progressOf, Rate, showDetails } from './progress.js';
import { SearchAttributes } from './search-attributes.js';
import { Steering } from './steering.js';
import { watching } from './waiting.js';
export class Run {
    steering;
    startedAtMs;
    #options;
    #rate = new Rate();
    #attributes = new SearchAttributes([]);
    #calls = null;
    #done = false;
    #waitingFor = null;
    #moves = 0;
    #movedAtMs = Date.now();
    constructor(options) {
        this.#options = options;
        this.startedAtMs = options.carried?.startedAtMs ?? Date.now();
        const onChange = () => {
            this.#movedAtMs = Date.now();
            this.show();
        };
        this.steering = new Steering({ paused: options.carried?.paused ?? false, onChange });
    }
    /** Before the first await: whoever has just started the run may ask and steer at once. */
    takeMessages() {
        setHandler(progressQuery, () => this.progress());
        this.steering.takeMessages();
    }
    /** Where the calls are made. Before it is known none can be. */
    callsAt(profile, taskQueue) {
        this.#calls = new ApiCalls({ profile, taskQueue, steering: this.steering });
    }
    /** For a run that is found by its search attributes. */
    findableBy({ search_attributes }, values) {
        this.#attributes = new SearchAttributes(search_attributes);
        this.#attributes.set({ ...values, FeishuStatus: this.progress().state });
    }
    get calls() {
        if (this.#calls === null)
            throw new TypeError('no call can be made before the queue of calls is known');
        return this.#calls;
    }
    get paused() {
        return this.steering.paused;
    }
    /** What the next run of the chain takes over. */
    get carried() {
        return { paused: this.paused, startedAtMs: this.startedAtMs };
    }
    progress() {
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
    show() {
        const { calls, units } = this.#options.seen();
        this.#noteMove(calls + finishedUnits(units));
        this.#rate.mark(calls, finishedUnits(units));
        const progress = this.progress();
        showDetails(progress, this.#options.notes?.());
        if (!this.#done)
            this.#attributes.set({ FeishuStatus: progress.state });
        this.#options.onShow?.();
    }
    finish(outcome) {
        this.#done = true;
        this.#attributes.set({ FeishuStatus: outcome });
        this.show();
    }
    /**
     * Does what the workflow is there for, and lets it close after every child.
     * @param how `documented`: a failure ends the run with one of the documented types, as for a run that people start
     */
    async lead(work, how = 'documented') {
        try {
            return await this.steering.lead(work);
        }
        catch (error) {
            if (error instanceof ContinueAsNew)
                throw error;
            const cancelled = CancellationScope.current().consideredCancelled;
            this.#attributes.set({ FeishuStatus: cancelled ? 'cancelled' : 'failed' });
            throw how === 'documented' ? toDocumentedFailure(error) : unwrapFailure(error);
        }
    }
    /** Says in `waiting_for` what keeps calls from being made while the work does not move. */
    async watched(profile, work) {
        const onWaiting = (waitingFor) => {
            if (this.#waitingFor === waitingFor)
                return;
            this.#waitingFor = waitingFor;
            this.show();
        };
        const movedAtMs = () => this.#movedAtMs;
        return await watching({ profile, movedAtMs, go: () => this.steering.go(), onWaiting }, work);
    }
    #noteMove(moves) {
        if (moves === this.#moves)
            return;
        this.#moves = moves;
        this.#movedAtMs = Date.now();
        this.#waitingFor = null;
    }
}
//# sourceMappingURL=run.js.map