/** One meeting's call quality as a table for a terminal: who had it bad, when, and what was wrong. Pure. */
/** From here on a minute counts as bad: people then hear or see it. */
export const BAD = { delay_ms: 300, jitter_ms: 60, loss_pct: 5, cpu_pct: 90 };
const MEASURES = Object.keys(BAD);
const LABELS = { delay_ms: 'delay', jitter_ms: 'jitter', loss_pct: 'loss', cpu_pct: 'CPU' };
const UNITS = { delay_ms: ' ms', jitter_ms: ' ms', loss_pct: ' %', cpu_pct: ' %' };
const NAME_WIDTH = 24;
/** @param clock wall-clock time of unix seconds in the tenant's zone, `HH:mm` */
export function qualityTable(sessions, minutes, clock) {
    const bySession = new Map();
    for (const minute of minutes) {
        const known = bySession.get(minute.session_key);
        if (known)
            known.push(minute);
        else
            bySession.set(minute.session_key, [minute]);
    }
    const seen = new Set();
    const lines = sessions.flatMap((session) => {
        if (seen.has(session.session_key))
            return [];
        seen.add(session.session_key);
        return [{ session, ...summary(bySession.get(session.session_key) ?? []) }];
    });
    const sorted = lines.toSorted((a, b) => b.bad.length - a.bad.length || b.minutes - a.minutes);
    const rows = sorted.map(({ session, minutes: count, bad, worst }) => [
        cut(session.name, NAME_WIDTH),
        session.device,
        session.join_time === null ? '' : clock(session.join_time),
        String(count),
        String(bad.length),
        ...MEASURES.map((measure) => (worst[measure] === null ? '' : `${Math.round(worst[measure])}${UNITS[measure]}`)),
        spans(bad, clock),
    ]);
    const heads = [
        'participant',
        'device',
        'joined',
        'min',
        'bad',
        ...MEASURES.map((measure) => `max ${LABELS[measure]}`),
        'bad at',
    ];
    return [...aligned([heads, ...rows]), '', legend()];
}
function legend() {
    const limits = MEASURES.map((measure) => `${LABELS[measure]} of ${BAD[measure]}${UNITS[measure]}`);
    return `A minute is bad from a ${limits.join(', ')} on.`;
}
function summary(minutes) {
    const worst = { delay_ms: null, jitter_ms: null, loss_pct: null, cpu_pct: null };
    const bad = [];
    for (const minute of minutes) {
        for (const measure of MEASURES) {
            const value = minute[measure];
            if (value !== null)
                worst[measure] = Math.max(worst[measure] ?? value, value);
        }
        if (minute.time !== null && MEASURES.some((measure) => (minute[measure] ?? 0) >= BAD[measure]))
            bad.push(minute.time);
    }
    return { minutes: minutes.length, bad: bad.toSorted((a, b) => a - b), worst };
}
const SPANS_SHOWN = 3;
/** `10:04-10:07, 10:15`: minutes that follow each other together. */
function spans(times, clock) {
    const found = [];
    for (const time of times) {
        const last = found.at(-1);
        if (last && time - last.to <= 60)
            last.to = time;
        else
            found.push({ from: time, to: time });
    }
    const shown = found
        .slice(0, SPANS_SHOWN)
        .map(({ from, to }) => (from === to ? clock(from) : `${clock(from)}-${clock(to)}`));
    return [...shown, ...(found.length > SPANS_SHOWN ? ['…'] : [])].join(', ');
}
/** Columns a terminal needs: East Asian wide characters take two. */
function width(text) {
    let columns = 0;
    for (const character of text)
        columns +=
            /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u.test(character)
                ? 2
                : 1;
    return columns;
}
function cut(text, columns) {
    const plain = text.replaceAll(/\s+/g, ' ').trim();
    if (width(plain) <= columns)
        return plain;
    let kept = '';
    for (const character of plain) {
        if (width(kept + character) >= columns)
            break;
        kept += character;
    }
    return `${kept}…`;
}
function aligned(rows) {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
    return rows.map((row) => row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
        .join('  ')
        .trimEnd());
}
//# sourceMappingURL=quality-table.js.map