/**
 * Row counts at which other systems cut files off. Feishu documents none, so a file of just so many rows is not refused:
 * it is asked for in smaller windows where there are any, and named as a gap where there are none.
 */
const SUSPICIOUS_ROWS = new Set([
  5000, 10_000, 20_000, 50_000, 65_535, 65_536, 100_000, 1_000_000, 1_048_575, 1_048_576,
]);

export function looksCutOff(rows: number): boolean {
  return SUSPICIOUS_ROWS.has(rows);
}
