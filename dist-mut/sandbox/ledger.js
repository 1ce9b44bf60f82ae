const KEPT_CALLS = 400_000;
const DROPPED_AT_ONCE = 100_000;
export class CallLedger {
    #calls = [];
    #nextSeq = 0;
    #tasks;
    constructor(tasks) {
        this.#tasks = tasks;
    }
    get calls() {
        return this.#calls;
    }
    get tasks() {
        return this.#tasks();
    }
    /** The entry stays in the ledger and is completed when the call ends. */
    open(arrival) {
        if (this.#calls.length >= KEPT_CALLS)
            this.#calls.splice(0, DROPPED_AT_ONCE);
        const call = {
            seq: this.#nextSeq++,
            ...arrival,
            app: null,
            params: {},
            status: 0,
            code: null,
            throttled: false,
            fault: null,
        };
        this.#calls.push(call);
        return call;
    }
    since(seq) {
        const first = this.#calls[0]?.seq ?? 0;
        return this.#calls.slice(Math.max(0, seq - first));
    }
    maxInWindow(endpoint, windowMs, app) {
        const times = this.#calls
            .filter((call) => call.endpoint === endpoint && (app === undefined || call.app === app))
            .map((call) => call.atMs);
        let most = 0;
        let oldest = 0;
        for (const [newest, time] of times.entries()) {
            while (time - (times[oldest] ?? time) >= windowMs)
                oldest++;
            most = Math.max(most, newest - oldest + 1);
        }
        return most;
    }
}
//# sourceMappingURL=ledger.js.map