/** What an operator has at hand: Temporal's own command line, and what the tenant saw of it. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerCall } from '../../sandbox/ledger.ts';
import { addDays } from '../../model/calendar.ts';
import { manifestOf, sha256Of, SMALL } from './day.ts';
import type { Product, ProductOptions } from './product.ts';

/** Answers slow enough that a backfill can be met under way, and no gap on any day. */
export const UNDER_WAY: NonNullable<ProductOptions['sandbox']> = {
  ...SMALL,
  meetingsPerDay: 3,
  participantsPerMeeting: 2,
  minutesPerMeeting: 12,
  longMeetings: false,
  emptyDays: false,
  answerDelayMs: 100,
};

export interface Said {
  code: number;
  output: string;
}

/** `temporal …` against the product's server. */
export function temporalSays(product: Product, ...args: string[]): Promise<Said> {
  const { cli, address } = product.temporal;
  return new Promise((resolve) => {
    execFile(cli.path, [...args, '--address', address], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
    });
  });
}

export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await sleep(100);
}

/** Calls from number `seq` on, tokens aside. */
export function callsSince({ sandbox }: Pick<Product, 'sandbox'>, seq: number): LedgerCall[] {
  return sandbox.ledger.since(seq).filter((call) => call.endpoint !== 'A1');
}

export function ledgerEnd({ sandbox }: Pick<Product, 'sandbox'>): number {
  return (sandbox.ledger.calls.at(-1)?.seq ?? -1) + 1;
}

/** Resolves with the ledger's end when no call has come for so long. */
export async function quietFor(product: Pick<Product, 'sandbox'>, watchedMs: number): Promise<number> {
  for (;;) {
    const end = ledgerEnd(product);
    await sleep(watchedMs);
    if (end === ledgerEnd(product)) return end;
  }
}

export function daysFrom(from: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addDays(from, index));
}

/** Days that have a manifest, each of whose files is whole. */
export async function wholeDays(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'manifests', 'profile=default'));
  const days = names.flatMap((name) => /^day=(.{10})\.json$/.exec(name)?.[1] ?? []).toSorted();
  const whole: string[] = [];
  for (const day of days) {
    const tables = Object.values((await manifestOf(dataDir, day)).tables);
    const hashes = await Promise.all(tables.map(({ key }) => sha256Of(join(dataDir, key))));
    if (hashes.every((hash, index) => hash === tables[index]?.sha256)) whole.push(day);
  }
  return whole;
}
