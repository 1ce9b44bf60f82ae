/** What an operator reads at the activities that are tried again and again. */
import type { FeishuVcClient } from '../../client/index.ts';

export interface PendingFailure {
  activity: string;
  /** Of the failure of the last attempt. */
  type: string;
  message: string;
  /** The one that is under way, or comes next. */
  attempt: number;
}

/** Of every open run on the client's queue. */
export async function pendingFailures({ temporal, taskQueue }: FeishuVcClient): Promise<PendingFailure[]> {
  const failures: PendingFailure[] = [];
  const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of temporal.workflow.list({ query })) {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    for (const { activityType, attempt, lastFailure } of raw.pendingActivities ?? []) {
      if (!lastFailure) continue;
      failures.push({
        activity: activityType?.name ?? '',
        type: lastFailure.applicationFailureInfo?.type ?? '',
        message: lastFailure.message ?? '',
        attempt: attempt ?? 0,
      });
    }
  }
  return failures;
}
