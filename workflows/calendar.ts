/** Days as `YYYY-MM-DD`, in whatever zone they are. */

const DAY_MS = 86_400_000;

/** From the one day to the other: 0 for the same. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);
}
