/** Gaps as runs add them up: bounded, since they are carried through continue-as-new. The manifests have all of them. */
import type { Gap } from './committed-day.ts';
import { beginningOf } from './text.ts';

const REASON_LENGTH = 200;
const REASONS_AT_MOST = 150;
/** For gaps of which the reason is not named. */
export const OTHER_REASONS = 'other reasons';
const GAPS_IN_A_RESULT = 20;

/** Where the reason stands among the known ones, those included of which none is left. @returns its index */
export function addGap(gaps: Gap[], { reason, count }: Gap): number {
  const index = indexOf(gaps, beginningOf(reason, REASON_LENGTH));
  gaps[index]!.count += count;
  return index;
}

function indexOf(gaps: Gap[], reason: string): number {
  const index = gaps.findIndex((known) => known.reason === reason);
  if (index !== -1) return index;
  if (gaps.length >= REASONS_AT_MOST && reason !== OTHER_REASONS) return indexOf(gaps, OTHER_REASONS);
  return gaps.push({ reason, count: 0 }) - 1;
}

/** The largest gaps first; what does not fit is summed up in the last one. */
export function topGaps(gaps: Gap[]): Gap[] {
  const sorted = gaps.toSorted((a, b) => b.count - a.count);
  if (sorted.length <= GAPS_IN_A_RESULT) return sorted;
  const rest = sorted.slice(GAPS_IN_A_RESULT - 1);
  const count = rest.reduce((sum, gap) => sum + gap.count, 0);
  return [...sorted.slice(0, GAPS_IN_A_RESULT - 1), { reason: `${rest.length} other reasons`, count }];
}
