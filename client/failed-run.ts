/** What became of a run that failed, in words. */
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { FAILURE_TYPES, type FailureType } from '../model/failure-types.ts';
import { ExportFailedError } from './errors.ts';

/** Turns the error of a failed run into one with a type and words, wherever in its chain of causes they stand. */
export function exportFailedError(workflowId: string, error: Error): ExportFailedError {
  const chain = causesOf(error);
  const cause = error.cause ?? error;
  const applications = chain.filter((link) => link instanceof ApplicationFailure);
  const known = applications.find((link) => isFailureType(link.type));
  if (known && isFailureType(known.type)) {
    return new ExportFailedError({ type: known.type, message: known.message, workflowId, cause });
  }
  if (chain.some((link) => link instanceof CancelledFailure)) {
    const message = 'The run was cancelled. What it had committed stays; start the same work again to finish it.';
    return new ExportFailedError({ type: 'Cancelled', message, workflowId, cause });
  }
  if (chain.some((link) => link instanceof TerminatedFailure)) {
    const message = 'The run was terminated from outside. Start the same work again to finish it.';
    return new ExportFailedError({ type: 'Terminated', message, workflowId, cause });
  }
  const type = applications.length === 0 && chain.some((link) => link instanceof TimeoutFailure) ? 'TimedOut' : 'Other';
  const words = applications.at(-1)?.message ?? chain.at(-1)?.message ?? error.message;
  return new ExportFailedError({ type, message: `${words}. The run's history shows each step.`, workflowId, cause });
}

function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let link = error; link instanceof Error && !chain.includes(link); link = link.cause) chain.push(link);
  return chain;
}

function isFailureType(type: string | null | undefined): type is FailureType {
  return FAILURE_TYPES.some((known) => known === type);
}
