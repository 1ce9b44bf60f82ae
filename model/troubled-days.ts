/** Days of a backfill that failed or have gaps, and why. */
/** A day of a backfill that failed or has gaps. */
export interface TroubledDay {
  day: string;
  status: 'incomplete' | 'failed';
  /** At most five, cut to 200 characters. */
  reasons: string[];
}

/** As they are asked for: a reason that many days have is told once. */
export interface TroubledDays {
  reasons: string[];
  /** `reasons`: which of those. */
  days: (Pick<TroubledDay, 'day' | 'status'> & { reasons: number[] })[];
}

export function troubledDays({ reasons: known, days }: TroubledDays): TroubledDay[] {
  return days.map(({ day, status, reasons }) => ({ day, status, reasons: reasons.map((index) => known[index] ?? '') }));
}

/** Those of which a reason contains one of `reasons`; without `reasons` all. */
export function troubledBy<T extends TroubledDay>(days: readonly T[], reasons: readonly string[] | undefined): T[] {
  return days.filter(
    (day) => reasons === undefined || day.reasons.some((known) => reasons.some((asked) => known.includes(asked))),
  );
}
