const FIRST_LOOK_MS = 2000;
const LONGEST_STEP_MS = 60_000;
const REMEMBERED = 50;
/** Share of tasks that are done by the time of the look. */
const USUAL = 0.9;
/** A task of which nothing was heard for so long no longer counts as under way. */
const FORGOTTEN_AFTER_MS = 3_600_000;
export class PollSchedule {
    #underWay = new Map();
    #durations = new Map();
    #ends = new Map();
    #nowMs;
    #random;
    constructor({ nowMs = () => performance.now(), random = Math.random, } = {}) {
        this.#nowMs = nowMs;
        this.#random = random;
    }
    created(quota, taskId) {
        this.#tasks(quota).set(taskId, this.#nowMs());
    }
    /** A task seen processing; it may have been created by another process. */
    seen(quota, taskId) {
        this.created(quota, taskId);
    }
    ended(quota, { taskId, resource, ageMs, polls }) {
        this.#tasks(quota).delete(taskId);
        const ends = this.#ends.get(resource) ?? [];
        ends.push({ polls, seconds: ageMs / 1000 });
        this.#ends.set(resource, ends.slice(-REMEMBERED));
        const durations = this.#durations.get(resource) ?? [];
        // A task that was done at its first look was done earlier than that: it says little about how long such tasks take.
        durations.push(polls === 1 ? ageMs * 0.8 : ageMs);
        this.#durations.set(resource, durations.slice(-REMEMBERED));
    }
    /** Milliseconds until the next look. */
    nextPollMs({ quota, resource, polls, ageMs, gapMs }) {
        const tasks = this.#tasks(quota).size;
        const stepMs = Math.min(LONGEST_STEP_MS, FIRST_LOOK_MS * 2 ** polls);
        const fairShareMs = Math.max(1, tasks) * gapMs;
        const jitter = 0.9 + 0.2 * this.#random();
        if (fairShareMs <= FIRST_LOOK_MS * 4)
            return stepMs * jitter;
        const usual = this.#usualMs(resource);
        const untilUsualMs = usual === null ? fairShareMs : usual - ageMs;
        const waitMs = untilUsualMs > 0 ? untilUsualMs : fairShareMs / 2;
        return Math.max(stepMs, Math.min(waitMs, fairShareMs)) * jitter;
    }
    /** Of the last tasks that this process saw end; null where it saw none. */
    habitOf(resource) {
        const ends = this.#ends.get(resource) ?? [];
        if (ends.length === 0)
            return null;
        const seconds = ends.map((end) => end.seconds);
        return { polls: mean(ends.map(({ polls }) => polls)), seconds: mean(seconds), longest_s: Math.max(...seconds) };
    }
    #usualMs(resource) {
        const durations = this.#durations.get(resource) ?? [];
        if (durations.length < 5)
            return null;
        return durations.toSorted((a, b) => a - b)[Math.floor(durations.length * USUAL)] ?? null;
    }
    #tasks(quota) {
        const tasks = this.#underWay.get(quota) ?? new Map();
        this.#underWay.set(quota, tasks);
        const oldest = this.#nowMs() - FORGOTTEN_AFTER_MS;
        for (const [taskId, atMs] of tasks)
            if (atMs < oldest)
                tasks.delete(taskId);
        return tasks;
    }
}
function mean(numbers) {
    return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
//# sourceMappingURL=poll-schedule.js.map