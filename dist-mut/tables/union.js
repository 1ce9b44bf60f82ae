/**
 * The records of windows that overlap, none of them doubled. What lies in two windows comes twice, yet two records of
 * one window may look alike: so each look counts as often as in the window that has most of it.
 */
export function unionOf(windows, lookOf) {
    const union = new Map();
    for (const records of windows) {
        const window = new Map();
        for (const record of records) {
            const look = lookOf(record);
            window.set(look, [...(window.get(look) ?? []), record]);
        }
        for (const [look, same] of window) {
            // As many: the later answer is the fresher one.
            if (same.length >= (union.get(look)?.length ?? 0))
                union.set(look, same);
        }
    }
    return [...union.values()].flat();
}
//# sourceMappingURL=union.js.map