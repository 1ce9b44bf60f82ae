/**
 * The activities, one effect each. Those that call Feishu run only where the pace is held; the others run on every
 * worker.
 */
import type { CallDeps, Deps } from './deps.ts';
import { exportActivities } from './exports.ts';
import { listActivities } from './lists.ts';
import { dryRunActivities } from './dry-run.ts';
import { refusingNewerVersions } from './call-version.ts';
import { holdActivities } from './hold.ts';
import { checkingInputs } from './inputs.ts';
import { waitingActivities } from './waiting.ts';
import { runActivities } from './runs.ts';
import { SessionPlaces } from './session-places.ts';
import { settingsActivities } from './settings.ts';
import { stageActivities } from './stage.ts';
import { tableActivities } from './tables.ts';

export type { ApiLeaseState, ApiTrouble, CallDeps, Deps, IdentityKind, PersonNeeded, Profile } from './deps.ts';
export { parseReference, referenceTo } from './calls/task-reference.ts';
export type { Created } from './exports.ts';
export type { Pace, SampledSessions } from './dry-run.ts';
export type { ListPage, ListPageInput, ListQuery, ListResource } from './lists.ts';
export type { SessionPlace, UnitPlace } from './session-places.ts';
export type { PendingMeeting, PendingSession, StoredExport } from './stage.ts';
export type { DayWindow, DescribedProfile } from './settings.ts';
export type { StoredFile } from '../dataset/unit-record.ts';
export type { Candidate, DayCount } from '../dataset/estimate.ts';
export type { MeetingRef } from '../dataset/meetings.ts';
export type { DayAsk, QualitySource } from '../dataset/questions.ts';
export type {
  DayLocation,
  SingleRunLocation,
  StageLocation,
  StageResource,
  UnitLocation,
} from '../dataset/storage-keys.ts';

/** For the queue that every worker serves. */
export function createActivities(deps: Deps) {
  return checkingInputs(deps, {
    ...settingsActivities(deps),
    ...stageActivities(deps),
    ...tableActivities(deps),
    ...runActivities(deps),
    ...waitingActivities(deps),
  });
}

/** For the queue of calls. */
export function createCallActivities(deps: CallDeps) {
  const places = new SessionPlaces(deps);
  return refusingNewerVersions(
    checkingInputs(deps, {
      ...exportActivities(deps, places),
      ...listActivities(deps, places),
      ...dryRunActivities(deps),
      ...holdActivities(deps),
    }),
  );
}

export type Activities = ReturnType<typeof createActivities>;
export type CallActivities = ReturnType<typeof createCallActivities>;
