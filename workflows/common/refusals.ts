/**
 * A right that is missing refuses everything of a kind alike; one odd meeting or session is refused alone. What is refused is
 * noted on its unit, and only where the first of a kind are all refused with the same words is it no use to go on.
 */

/** So many, and nothing else, before the rest is not asked. */
const FIRST = 20;

/** Plain, so that it can be carried through continue-as-new and added up. */
export interface Refused {
  count: number;
  /** Of the first one. */
  reason: string | null;
  /** Something of the kind was not refused, or with other words. */
  varied: boolean;
}

export function noneRefused(): Refused {
  return { count: 0, reason: null, varied: false };
}

/** `reason`: why one was refused; null where it was not. */
export function noteRefusal(refused: Refused, reason: string | null): void {
  addRefused(refused, { count: reason === null ? 0 : 1, reason, varied: reason === null });
}

export function addRefused(refused: Refused, more: Refused): void {
  if (refused.reason !== null && more.reason !== null && wordsOf(refused.reason) !== wordsOf(more.reason)) {
    refused.varied = true;
  }
  refused.count += more.count;
  refused.reason ??= more.reason;
  refused.varied ||= more.varied;
}

/** Why it is no use to go on, with how many were refused; null where it may be. */
export function whyHopeless({ count, reason, varied }: Refused, what: string): string | null {
  return varied || reason === null || count < FIRST ? null : `the first ${count} ${what} were all refused: ${reason}`;
}

/** Ids of calls and tasks tell equal refusals apart. */
function wordsOf(reason: string): string {
  return reason.replaceAll(/log id [\w-]+|\d{7,}/g, '');
}
