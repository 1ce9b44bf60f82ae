/**
 * Starts and follows exports of Feishu (Lark) video-conference data from another service.
 *
 * The client talks to a Temporal server; a worker (`feishu-vc worker`) does the work and holds the credentials. Inputs
 * are the documented ones of each workflow and carry no secrets: they name a profile of the worker.
 *
 * @example
 * ```ts
 * import { connectFeishuVc, ExportFailedError, InvalidInputError } from 'feishu-vc-export';
 *
 * const feishu = await connectFeishuVc(); // TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …, FEISHU_TASK_QUEUE
 * try {
 *   const run = await feishu.start('backfill', { month: '2026-10', concurrency: 3 });
 *   console.log(run.attached ? 'was running already' : 'started', run.workflowId);
 *   console.log((await run.progress()).doing);
 *
 *   const result = await run.result(); // waits; safe to give up and attach again from another process
 *   console.log(result.complete, result.tables, result.gaps);
 * } catch (error) {
 *   if (error instanceof InvalidInputError) console.error(error.problems);
 *   else if (error instanceof ExportFailedError) console.error(error.type, error.message);
 *   else throw error;
 * } finally {
 *   await feishu.close();
 * }
 * ```
 */
export { connectFeishuVc, dataConverterFrom } from './connect.ts';
export type { UnitCounts, UnitStatus } from '../model/units.ts';
export type { BackfillSummary, ConnectOptions, FeishuVcClient } from './connect.ts';
export type { StartOptions } from './start.ts';
export {
  AlreadyRunningDifferentlyError,
  ConnectionSettingsError,
  ExportFailedError,
  InvalidInputError,
  MessageRefusedError,
  RunNotFoundError,
  ScheduleExistsError,
  ScheduleNotKnownError,
  ServerUnreachableError,
} from './errors.ts';
export type { ExportFailure } from './errors.ts';
export type { BackfillMessages, ExportHandle, HandleOf, Results } from './handle.ts';
export type { RetryOptions } from './retry.ts';
export type { ScheduleInput, Schedules, ScheduleState } from './schedules.ts';
export type { Registered } from './search-attributes.ts';
export { SEARCH_ATTRIBUTES } from '../model/search-attributes.ts';
export { FAILURE_TYPES } from '../model/failure-types.ts';
export type { FailureType } from '../model/failure-types.ts';
export type { TroubledDay } from '../model/troubled-days.ts';
export type {
  BackfillPlan,
  BackfillResult,
  ExportDayResult,
  ExportResourceResult,
  Gap,
  MeetingQualityResult,
  ParticipantQualityResult,
  Progress,
} from '../workflows/messages.ts';
export type { InputProblem } from '../model/problems.ts';
export type { RawInputs, WorkflowType } from '../workflows/input.ts';
