/**
 * Lets work in, first come first served, while what it weighs together stays within a capacity. Something heavier than
 * the whole capacity is let in alone.
 */
export class Semaphore {
    #capacity;
    #taken = 0;
    #waiting = [];
    constructor(capacity) {
        this.#capacity = capacity;
    }
    /**
     * @returns a function that gives the room back; to be called once.
     * @throws the signal's reason, when it aborts before there is room.
     */
    async enter(weight, signal) {
        signal?.throwIfAborted();
        const charge = Math.min(weight, this.#capacity);
        if (this.#waiting.length > 0 || this.#taken + charge > this.#capacity)
            await this.#turn(charge, signal);
        else
            this.#taken += charge;
        return () => {
            this.#taken -= charge;
            this.#admitNext();
        };
    }
    #turn(weight, signal) {
        return new Promise((resolve, reject) => {
            const abandon = () => {
                this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
                // Whoever stood behind this one may fit now.
                this.#admitNext();
                reject(signal?.reason);
            };
            const waiter = {
                weight,
                admit: () => {
                    signal?.removeEventListener('abort', abandon);
                    resolve();
                },
            };
            signal?.addEventListener('abort', abandon, { once: true });
            this.#waiting.push(waiter);
        });
    }
    #admitNext() {
        for (;;) {
            const first = this.#waiting[0];
            if (first === undefined || this.#taken + first.weight > this.#capacity)
                return;
            this.#waiting.shift();
            this.#taken += first.weight;
            first.admit();
        }
    }
}
//# sourceMappingURL=semaphore.js.map