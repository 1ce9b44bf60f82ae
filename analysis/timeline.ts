/** The minutes of a session as a line of letters. */
import { CODE } from './minutes-sql.ts';

export interface Timeline {
  /** One for each step: `p` poor, `f` fair, `g` good, `-` unclassified or nothing. */
  letters: string;
  /** Minutes that a letter stands for; the worst of them is shown. */
  stepMinutes: number;
}

/** @param minutes in order of time; the first is the first letter */
export function timelineOf(minutes: readonly { unix: number; code: number }[], mostSteps: number): Timeline {
  const first = minutes[0]?.unix ?? 0;
  const length = Math.floor(((minutes.at(-1)?.unix ?? 0) - first) / 60) + 1;
  const stepMinutes = Math.max(1, Math.ceil(length / mostSteps));
  const codes = Array.from({ length: minutes.length === 0 ? 0 : Math.ceil(length / stepMinutes) }, () => 0);
  for (const { unix, code } of minutes) {
    const at = Math.floor((unix - first) / 60 / stepMinutes);
    codes[at] = Math.max(codes[at] ?? 0, code);
  }
  return { letters: codes.map(letterOf).join(''), stepMinutes };
}

function letterOf(code: number): 'p' | 'f' | 'g' | '-' {
  if (code >= CODE.poor) return 'p';
  if (code >= CODE.fair) return 'f';
  return code >= CODE.good ? 'g' : '-';
}
