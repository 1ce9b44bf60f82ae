import { addCounts } from '../../model/units.js';
import { finishedUnits } from '../common/progress.js';
export class DayState {
    #day;
    #sums = null;
    #doing = 'starting';
    #done = false;
    #rows = {};
    constructor(day) {
        this.#day = day;
    }
    begin(plan) {
        this.#sums = { ...plan, cursor: -1, units: { total: 0 }, meetings: 0, meetingsDone: 0, calls: 0 };
    }
    resume(sums) {
        this.#sums = sums;
    }
    /** @throws TypeError before the day has begun */
    get sums() {
        if (this.#sums === null)
            throw new TypeError('the day has not begun');
        return this.#sums;
    }
    says(doing) {
        this.#doing = doing;
    }
    /** Units that are known to come. */
    expect(units) {
        this.sums.units.total += units;
    }
    count(units, calls = 0) {
        addCounts(this.sums.units, units);
        this.sums.calls += calls;
    }
    /** The meeting lists are no units; with quality, the units of a meeting are its sessions, not its list. */
    unitEnded(resource, status, calls) {
        const isUnit = resource !== 'meeting_list' && !(resource === 'participant_list' && this.sums.withQuality);
        this.count(status !== null && isUnit ? { [status]: 1 } : {}, calls);
    }
    meetingsFound(total) {
        this.sums.meetings = total;
        if (!this.sums.withQuality)
            this.expect(total);
    }
    meetingEnded() {
        this.sums.meetingsDone++;
    }
    /** `expected`: the sessions that the meeting's list promised. What they come to is known at the end. */
    sessionsEnded(expected, result) {
        this.expect(finishedUnits(result.units) - expected);
        this.count(result.units, result.calls);
    }
    /** The meeting as a whole counts as one failed unit. */
    sessionsFailed(expected) {
        this.expect(1 - expected);
        this.count({ failed: 1 });
    }
    committed(rows) {
        this.#rows = rows;
        this.#done = true;
    }
    get seen() {
        const { units, calls, meetings, meetingsDone } = this.#sums ?? {
            units: { total: 0 },
            calls: 0,
            meetings: 0,
            meetingsDone: 0,
        };
        const done = this.#done ? 1 : 0;
        return {
            doing: meetings > 0 ? `${this.#doing} (${meetingsDone} of ${meetings} meetings)` : this.#doing,
            days: { total: 1, done, running: 1 - done, failed: 0, skipped: 0 },
            units: { ...units },
            rows: this.#rows,
            calls,
        };
    }
    /** For whoever started it. */
    report(waitingFor) {
        const { doing, units, calls } = this.seen;
        return { day: this.#day, doing: this.#done ? 'done' : doing, units, calls, waiting_for: waitingFor };
    }
}
//# sourceMappingURL=state.js.map