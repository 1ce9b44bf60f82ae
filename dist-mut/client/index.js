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
export { connectFeishuVc } from './connect.js';
export { AlreadyRunningDifferentlyError, ConnectionSettingsError, ExportFailedError, InvalidInputError, MessageRefusedError, RunNotFoundError, ScheduleExistsError, ScheduleNotKnownError, ServerUnreachableError, } from './errors.js';
export { SEARCH_ATTRIBUTES } from '../model/search-attributes.js';
export { FAILURE_TYPES } from '../workflows/messages.js';
//# sourceMappingURL=index.js.map