/** Lets at most `places` callers of this process through at a time, in the order in which they came. */
export class Semaphore {
    #free;
    #waiting = [];
    constructor(places) {
        this.#free = places;
    }
    async pass(work) {
        if (this.#free > 0)
            this.#free -= 1;
        else
            await new Promise((resolve) => this.#waiting.push(resolve));
        try {
            return await work();
        }
        finally {
            const next = this.#waiting.shift();
            // A place is handed on rather than freed: a newcomer does not overtake those who wait.
            if (next === undefined)
                this.#free += 1;
            else
                next();
        }
    }
}
//# sourceMappingURL=semaphore.js.map