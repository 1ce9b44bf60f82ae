/**
 * The children of a run. A cancel reaches each of them, those that are just being started included, and the run closes
 * after all of them: whoever sees it closed sees nothing of it go on.
 */
import { CancellationScope, condition } from '@temporalio/workflow';
export class Children {
    #open = new Set();
    #callers = new WeakSet();
    /** One for all of them: what cancels one caller of a run ends the run. */
    #scope = new CancellationScope({
        cancellable: true,
        parent: new CancellationScope({ cancellable: false }),
    });
    #running = 0;
    #starting = 0;
    #cancelled = false;
    /** Those that have started and not ended. */
    [Symbol.iterator]() {
        return this.#open.values();
    }
    async run(start, result) {
        const caller = CancellationScope.current();
        if (caller.consideredCancelled)
            return await caller.cancelRequested;
        this.#follow(caller);
        this.#running++;
        try {
            const handle = await this.#started(start);
            this.#open.add(handle);
            return await result(handle).finally(() => this.#open.delete(handle));
        }
        finally {
            this.#running--;
        }
    }
    /**
     * Does the work. Where it ends by a failure or a cancel while children are open (of several side by side the first
     * that ends takes the others' caller with it), they are cancelled too and have ended before it throws.
     */
    async outlive(work) {
        const scope = new CancellationScope({ cancellable: true });
        try {
            return await scope.run(work);
        }
        catch (error) {
            scope.cancel();
            this.#cancel();
            await CancellationScope.nonCancellable(() => condition(() => this.#running === 0));
            throw error;
        }
    }
    async #started(start) {
        this.#starting++;
        try {
            return await this.#scope.run(start);
        }
        finally {
            this.#starting--;
            if (this.#cancelled)
                this.#cancel();
        }
    }
    #follow(caller) {
        if (this.#callers.has(caller))
            return;
        this.#callers.add(caller);
        void caller.cancelRequested.catch(() => this.#cancel());
    }
    /**
     * Waits until each child has started. Before that a cancel would reach for a run that is not there yet: Temporal
     * answers that it knows none, the cancel is lost, and the child goes on to its own end.
     */
    #cancel() {
        this.#cancelled = true;
        if (this.#starting === 0)
            this.#scope.cancel();
    }
}
//# sourceMappingURL=children.js.map