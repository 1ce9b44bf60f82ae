/** From failures to outcomes: which failure ends a run, which one is noted on the unit that it struck. */
import { ActivityFailure, ApplicationFailure, CancellationScope, ChildWorkflowFailure } from '@temporalio/workflow';
import { checkInput, type Inputs, type WorkflowType } from '../input.ts';
import type { FailureType } from '../../model/failure-types.ts';

/** @throws ApplicationFailure `InvalidInput`, not retried, that names every wrong field and what it takes */
export function parseInput<T extends WorkflowType>(type: T, value: unknown): Inputs[T] {
  const checked = checkInput(type, value);
  if (checked.ok) return checked.input;
  throw failure('InvalidInput', checked.message, ...checked.problems);
}

export function failure(type: FailureType, message: string, ...details: unknown[]): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details });
}

/** The application failure at the bottom of an activity's or a child's failure, or null for anything else. */
export function applicationFailure(error: unknown): ApplicationFailure | null {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) return applicationFailure(error.cause);
  return null;
}

/**
 * What concerns one unit only, or null where the failure concerns the whole run: rejected credentials, a store that is
 * away, a wrong input. A refusal is the unit's: whether it strikes all of them only the others tell.
 */
export function unitFailure(error: unknown): { type: string; reason: string } | null {
  // Not this unit failed then: the run itself is being cancelled.
  if (CancellationScope.current().consideredCancelled) return null;
  const known = applicationFailure(error);
  if (!known) return endedFromOutside(error);
  switch (known.type) {
    case 'InvalidInput':
    case 'CredentialsRejected':
    case 'StoreUnavailable':
      return null;
    default:
      return { type: known.type ?? 'Error', reason: known.message };
  }
}

/** A child that somebody terminated or cancelled by itself; the runs beside it go on. */
export function endedFromOutside(error: unknown): { type: string; reason: string } | null {
  if (!(error instanceof ChildWorkflowFailure)) return null;
  const { cause } = error;
  return { type: cause?.name ?? error.name, reason: cause?.message ?? error.message };
}

/** The failure with one more detail, for whoever is told of it. What is no application failure stays as it is. */
export function withDetail(error: unknown, detail: object): unknown {
  const known = applicationFailure(error);
  return known ? anew(known, { details: [...(known.details ?? []), detail], cause: error }) : error;
}

/** Ends the run with the failure itself instead of a wrapper, so that the UI shows its type and message first. */
export function unwrapFailure(error: unknown): unknown {
  const known = applicationFailure(error);
  return known && known !== error ? anew(known, { details: known.details, cause: error }) : error;
}

/** The failure once more, as the outermost one. */
function anew(
  { type, message }: ApplicationFailure,
  { details, cause }: { details: unknown[] | null | undefined; cause: unknown },
): ApplicationFailure {
  return ApplicationFailure.create({
    ...(type == null ? {} : { type }),
    message,
    nonRetryable: true,
    ...(details == null ? {} : { details }),
    ...(cause instanceof Error ? { cause } : {}),
  });
}

/**
 * As `unwrapFailure`, for a run that stands alone: a client knows the documented types only. What Feishu refuses or does not
 * know is what the input asked for; a call that kept failing kept the export from being made.
 */
export function toDocumentedFailure(error: unknown): unknown {
  const known = applicationFailure(error);
  const type = documentedType(known?.type);
  if (!known || type === null) return unwrapFailure(error);
  const details = known.details ?? [];
  return ApplicationFailure.create({ type, message: known.message, nonRetryable: true, details, cause: known });
}

function documentedType(type: string | null | undefined): FailureType | null {
  switch (type) {
    case 'NoData':
    case 'BadRequest':
    case 'IdIsTaken':
      return 'InvalidInput';
    case 'CallFailed':
    case 'BrokenPaging':
      return 'ExportTaskFailed';
    default:
      return null;
  }
}
