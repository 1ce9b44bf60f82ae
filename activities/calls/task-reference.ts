/** The name of one activity as the lease's record carries it: for a successor that is to make the call in its stead. */
import { z } from 'zod';
import type { Info } from '@temporalio/activity';

export interface TaskReference {
  workflowId: string;
  runId: string;
  activityId: string;
}

const referenceSchema = z.tuple([z.string(), z.string(), z.string()]);

export function referenceTo({ workflowExecution, activityId }: Pick<Info, 'workflowExecution' | 'activityId'>): string {
  return JSON.stringify([workflowExecution?.workflowId ?? '', workflowExecution?.runId ?? '', activityId]);
}

export function parseReference(reference: string): TaskReference {
  const [workflowId, runId, activityId] = referenceSchema.parse(JSON.parse(reference));
  return { workflowId, runId, activityId };
}
