const MiB = 1024 * 1024;
/**
 * Room for two million rows of a few dozen columns. Memory is held by `sharedStringBytes` alone: everything else streams,
 * so the other limits bound the work that a hostile file can cause.
 */
export const DEFAULT_LIMITS = {
    entries: 10_000,
    inflatedBytes: 16 * 1024 * MiB,
    // Deflate itself ends at 1032; equal rows under one another reach about 200.
    ratio: 600,
    rows: 2_097_152,
    // The format's own last column, XFD.
    columns: 16_384,
    // The format allows 32,767; other writers do not always stop there.
    cellLength: 1_048_576,
    depth: 64,
    sharedStringBytes: 128 * MiB,
};
export function withDefaultLimits(given) {
    return { ...DEFAULT_LIMITS, ...given };
}
//# sourceMappingURL=limits.js.map