const LABEL_WIDTH = 7;
const BAR_WIDTH = { min: 10, max: 40 };
/** More days than this at once do not fit a glance; Temporal's UI has all of them. */
const MOST_RUNNING_DAYS = 7;
/** Several lines, for redrawing in place. */
export function progressFrame(progress, { columns, nowMs }) {
    const width = Math.min(BAR_WIDTH.max, Math.max(BAR_WIDTH.min, columns - 45));
    const { days, units } = progress;
    const settledDays = days.done + days.failed + days.skipped;
    const lines = [
        `${labelled('State')}${progress.state} · ${progress.doing} · ${duration(nowMs - Date.parse(progress.started_at))}`,
        ...(days.total > 1
            ? [`${labelled('Days')}${bar({ done: settledDays, total: days.total, width })} ${dayCounts(days)}`]
            : []),
        `${labelled('Units')}${bar({ done: settledUnits(units), total: units.total, width })} ${unitCounts(units)}`,
        ...runningDays(progress),
        ...(Object.keys(progress.rows).length > 0 ? [`${labelled('Rows')}${counts(progress.rows)}`] : []),
        `${labelled('Calls')}${[callCounts(progress), timeLeft(progress, nowMs)].filter(Boolean).join(' · ')}`,
        ...(progress.waiting_for === null ? [] : [`${labelled('Waits')}${progress.waiting_for}`]),
    ];
    return lines.map((line) => cut(line, columns)).join('\n');
}
/** One line with the same facts. */
export function progressLine(progress, { nowMs }) {
    const { days, units } = progress;
    const facts = [
        ...(days.total > 1 ? [`${number(days.done + days.skipped)}/${number(days.total)} days`] : []),
        ...(days.failed > 0 ? [`${number(days.failed)} failed days`] : []),
        `${number(settledUnits(units))}/${number(units.total)} units`,
        ...((units.failed ?? 0) > 0 ? [`${number(units.failed ?? 0)} failed`] : []),
        callCounts(progress),
        timeLeft(progress, nowMs),
    ];
    const waiting = progress.waiting_for === null ? '' : `; waits for ${progress.waiting_for}`;
    return `${progress.state}: ${facts.filter(Boolean).join(', ')}; ${progress.doing}${waiting}`;
}
/** A bar that is full only when everything is done; empty where the total is not known yet. */
export function bar({ done, total, width }) {
    const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
    const filled = Math.floor(share * width);
    return '█'.repeat(filled) + '░'.repeat(width - filled);
}
/** `5 s`, `12 min`, `3 h 5 min`: what a person needs of it. */
export function duration(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 60)
        return `${seconds} s`;
    const minutes = Math.round(seconds / 60);
    if (minutes < 60)
        return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}
/** Thousands separated, the same on every machine. */
export function number(value) {
    return value.toLocaleString('en-US');
}
/** `meetings 120 · participants 900` */
export function counts(values) {
    return Object.entries(values)
        .filter((entry) => entry[1] !== undefined)
        .map(([name, value]) => `${name} ${number(value)}`)
        .join(' · ');
}
function settledUnits({ total: _total, ...statuses }) {
    return Object.values(statuses).reduce((sum, count) => sum + count, 0);
}
function dayCounts(days) {
    const rest = { running: days.running, failed: days.failed, skipped: days.skipped };
    return [`${number(days.done)}/${number(days.total)}`, ...nonZero(rest)].join(' · ');
}
function unitCounts(units) {
    const { total, ...statuses } = units;
    const known = total > 0 ? `${number(settledUnits(units))}/${number(total)}` : 'not known yet';
    return [known, ...nonZero(statuses)].join(' · ');
}
function nonZero(values) {
    return Object.entries(values)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${name} ${number(count)}`);
}
function runningDays({ days, running }) {
    if (days.total <= 1)
        return [];
    const lines = running.slice(0, MOST_RUNNING_DAYS).map((day) => {
        const units = day.units_total > 0 ? ` ${number(day.units_done)}/${number(day.units_total)}` : '';
        return `${labelled('')}${day.day} ${day.doing}${units}`;
    });
    const more = running.length - lines.length;
    return more > 0 ? [...lines, `${labelled('')}and ${number(more)} more`] : lines;
}
function callCounts(progress) {
    const { calls, calls_per_minute: rate } = progress;
    return `${number(calls)} ${calls === 1 ? 'call' : 'calls'} (${number(Math.round(rate))} a minute)`;
}
function timeLeft({ eta, state }, nowMs) {
    if (eta === null || state === 'done')
        return '';
    const leftMs = Date.parse(eta) - nowMs;
    return leftMs > 0 ? `about ${duration(leftMs)} left` : 'almost done';
}
function labelled(label) {
    return label.padEnd(LABEL_WIDTH);
}
function cut(line, columns) {
    const characters = Array.from(line);
    return characters.length <= columns ? line : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}
//# sourceMappingURL=progress.js.map