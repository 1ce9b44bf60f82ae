/** Places in the store as inputs of activities name them, and that those of one input are of one profile. */
import { z } from 'zod';
import { profileOfList } from '../dataset/storage-keys.ts';
import { EXPORT_RESOURCES } from '../feishu/contract.ts';
import { DAY_S } from '../model/calendar.ts';
import { takes, text, fields } from '../model/fields.ts';
import type { InputProblem } from '../model/problems.ts';

const { day, profileName } = fields();

const generation = z.int(takes('when the run began')).min(0, takes('when the run began'));
export const unit = text('a unit');
const resource = z.enum([...EXPORT_RESOURCES, 'rooms'], takes(`${EXPORT_RESOURCES.join(', ')}, rooms`));

export const dayPlace = z.looseObject({ kind: z.literal('day'), profile: profileName, day, generation });
export const singlePlace = z.looseObject({
  kind: z.literal('single'),
  workflow_id: text('a workflow id', 1000),
  run_id: text('a run id'),
  generation,
});

/** As long as a path may be. */
const key = text('a key of the store', 1000);
const LIST = 'the key of a stored list: raw/participant_list/profile=<profile>/day=<day>/…/record.json';
/** Of a stored list of participants. */
export const listKey = key.refine(isListKey, takes(LIST));
/** A list of participants: its key, or the unit that it was fetched as in the same place, which is the key of its meeting. */
export const participants = z.union(
  [listKey, z.string().regex(/^[0-9a-f]{32}$/)],
  takes(`${LIST}, or a meeting's key`),
);

export function isListKey(at: string): boolean {
  return profileOfList(at) !== null;
}

const session = { session: text('the name of a session'), participants };
export const sessionPlace = z.union(
  [dayPlace.extend(session), singlePlace.extend(session)],
  takes('a session of a day or of a run'),
);
const ofUnit = { resource, unit };
export const unitLocation = z.union(
  [dayPlace.extend(ofUnit), singlePlace.extend(ofUnit)],
  takes('a unit of a day or of a run'),
);
export const unitPlace = z.union([unitLocation, sessionPlace], takes('a unit or a session of a day or of a run'));

/** A profile's runs touch what lies under its own prefix, whatever their input names. */
export function oneProfile(input: object): InputProblem[] {
  const named = profilesIn(input);
  const own = named.find(({ field }) => field === 'profile') ?? named[0];
  return named
    .filter(({ profile }) => profile !== own!.profile)
    .map(({ field }) => ({ field, message: `takes what lies under the profile ${own!.profile}` }));
}

/**
 * What lies under a run belongs to no profile: the run itself touches it, and the runs below it, whose ids begin with its
 * own. `workflowId`: of the run that has scheduled the activity.
 */
export function ownRun(input: object, workflowId: string): InputProblem[] {
  const isOwn = (id: string): boolean => workflowId === id || workflowId.startsWith(`${id}/`);
  return placesIn(input)
    .filter(({ value }) => value['kind'] === 'single' && !isOwn(String(value['workflow_id'])))
    .map(({ field }) => ({ field: `${field}.workflow_id`, message: 'takes the run itself, or one that it is below' }));
}

/** Clocks differ, and a run begins before what it schedules. */
const AHEAD_MS = DAY_S * 1000;

/**
 * What a later run has written stays, so nothing is taken of a run that has not begun: nothing newer would ever be written.
 * `atMs`: of the activity's scheduling, unix ms by Temporal's clock.
 */
export function begunRuns(input: object, atMs: number): InputProblem[] {
  return placesIn(input)
    .filter(({ value }) => Number(value['generation'] ?? 0) > atMs + AHEAD_MS)
    .map(({ field }) => ({ field: below(field, 'generation'), message: 'takes a run that has begun' }));
}

/** The profiles that an input names: in words, in places, in the keys of lists. */
export function profilesIn(input: object): { field: string; profile: string }[] {
  return placesIn(input).flatMap(({ field, value }) =>
    Object.entries(value).flatMap(([name, inner]) => {
      if (typeof inner !== 'string') return [];
      const profile = name === 'participants' ? profileOfList(inner) : name === 'profile' ? inner : null;
      return profile === null ? [] : [{ field: below(field, name), profile }];
    }),
  );
}

/** Places lie at most so deep in an input. */
const DEPTH = 3;

/** The objects of an input, itself included, that may be places. */
function placesIn(value: unknown, field = '', depth = 0): { field: string; value: Record<string, unknown> }[] {
  if (typeof value !== 'object' || value === null || depth > DEPTH) return [];
  const inside = Object.entries(value).flatMap(([name, inner]) => placesIn(inner, below(field, name), depth + 1));
  return [{ field, value: value as Record<string, unknown> }, ...inside];
}

function below(field: string, name: string): string {
  return field === '' ? name : `${field}.${name}`;
}
