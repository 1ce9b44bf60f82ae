/** Somebody out of all that the store has of a profile. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ifPresent, StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { eraseFromDay, learnFromDay, type EraseOptions } from './erase-day.ts';
import { eraseSingleRuns } from './erase-single.ts';
import { ErasedPerson } from './erased-person.ts';
import { profileDays } from './storage-keys.ts';

export interface Erasure {
  days: { day: string; rows: number }[];
  /** Whose tables have them, and whose answers went by `RAW_KEEP`: they stay as they are. */
  days_without_answers: string[];
  /** Workflow ids. */
  single_runs: string[];
  /** By how many ids, addresses and job numbers, and names they were found. */
  ids: number;
  names: number;
}

/** Of an erasure that is under way, or was cut off: the days that it has done no longer say what others have to be searched for. */
const BEGUN_KEY = 'erasing.json';
const SALT_BYTES = 32;

/**
 * What cannot be read may have them: it fails there, and can be run again.
 * @throws StoreError; UnreadableFileError
 */
export async function erase(
  store: Store,
  { profile, user, ...options }: Omit<EraseOptions, 'mark' | 'isAgain'> & { profile: string; user: string },
): Promise<Erasure> {
  const begun = await begunErasure(store, { profile, user });
  const salt = begun?.salt ?? randomBytes(SALT_BYTES);
  const mark = salt.toString('hex').slice(0, 8);
  const person = new ErasedPerson(user, salt, begun?.known);
  const days = await profileDays(store, profile);
  // A day may name them by an address that only another one has beside their id.
  for (let isNew = true; isNew;) {
    isNew = false;
    for (const day of days) if (await learnFromDay(store, { profile, day }, person)) isNew = true;
  }
  if (!options.isDryRun) await noteBegun(store, { profile, salt, known: person.known() });
  const isAgain = begun !== null;
  const done: Erasure['days'] = [];
  const days_without_answers: string[] = [];
  for (const day of days) {
    const rows = await eraseFromDay(store, { profile, day }, { ...options, person, mark, isAgain });
    if (rows === 'no answers') days_without_answers.push(day);
    else if (rows > 0) done.push({ day, rows });
  }
  const single_runs = await eraseSingleRuns(store, { person, profile, isDryRun: options.isDryRun });
  if (!options.isDryRun) await store.remove(BEGUN_KEY);
  const ids = person.ids.size + person.mails.size + person.employees.size;
  return { days: done, days_without_answers, single_runs, ids, names: person.names.size };
}

const begunFile = z.object({
  version: z.literal(1),
  profile: z.string(),
  salt: z.string(),
  known: z.object({
    ids: z.array(z.string()),
    mails: z.array(z.string()),
    employees: z.array(z.string()),
    phones: z.array(z.string()),
    names: z.array(z.string()),
  }),
});
type Begun = { profile: string; salt: Buffer; known: z.infer<typeof begunFile>['known'] };

/** @throws StoreError `refused` where that of somebody else has to be ended first */
async function begunErasure(store: Store, { profile, user }: { profile: string; user: string }): Promise<Begun | null> {
  const file = await ifPresent(() => store.readJson(BEGUN_KEY));
  if (file === undefined) return null;
  const { success, data } = begunFile.safeParse(file);
  const path = store.where(BEGUN_KEY);
  if (!success) throw new StoreError('damaged', `${path} is not as this product writes it: restore it.`, { path });
  if (data.profile === profile && data.known.ids.includes(user)) {
    return { profile, salt: Buffer.from(data.salt, 'base64url'), known: data.known };
  }
  const message = `An erasure of profile ${data.profile} was cut off, ${path} has the id: run that again first.`;
  throw new StoreError('refused', message, { path });
}

async function noteBegun(store: Store, { profile, salt, known }: Begun): Promise<void> {
  await store.writeJson(
    BEGUN_KEY,
    { version: 1, profile, salt: salt.toString('base64url'), known },
    { ownerOnly: true },
  );
}
