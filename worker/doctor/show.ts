/** A diagnosis for people: one line a check, and the next step under what is wrong. */
import type { Diagnosis } from './diagnose.ts';
import { oneLine } from '../../report/terminal.ts';

export function linesOf({ checks, calls }: Diagnosis): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const count = (state: string): number => checks.filter((check) => check.state === state).length;
  const fails = count('fail');
  const warns = count('warn');
  const verdict = fails > 0 ? `${fails} failed` : 'All is well';
  return [
    ...checks.flatMap(({ name, state, seen, next }) => [
      `${state.padEnd(4)}  ${name.padEnd(width)}  ${oneLine(seen)}`,
      ...(next === null ? [] : [`      next: ${oneLine(next)}`]),
    ]),
    '',
    `${verdict}${warns > 0 ? `, ${warns} ${warns === 1 ? 'warning' : 'warnings'}` : ''}. ${calls} ${calls === 1 ? 'call' : 'calls'} to Feishu, which made nothing there.`,
  ];
}
