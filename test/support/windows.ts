/** Most events in any half-open window of `windowMs`, wherever it starts. */
export function mostInAnyWindow(timesMs: readonly number[], windowMs: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [i, atMs] of sorted.entries()) {
    // A millionth of a millisecond for sums of floating point numbers.
    while ((sorted[from] ?? atMs) <= atMs - windowMs + 1e-6) from += 1;
    most = Math.max(most, i - from + 1);
  }
  return most;
}

/** Most events in any window of a server that counts from fixed instants. */
export function mostInFixedWindows(timesMs: readonly number[], o: { windowMs: number; phaseMs: number }): number {
  const counts = new Map<number, number>();
  for (const atMs of timesMs) {
    const window = Math.floor((atMs - o.phaseMs) / o.windowMs);
    counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}
