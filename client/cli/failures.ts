/** What a person reads when a command fails: what happened, why, and what to do next. And the exit code. */
import { CommanderError } from 'commander';
import { print, type TextStream } from '../../report/terminal.ts';
import { PayloadKeyError } from '../../temporal/payload-keys.ts';
import { ChildDiedError } from '../embedded/children.ts';
import { NoTemporalCliError } from '../embedded/errors.ts';
import {
  AlreadyRunningDifferentlyError,
  ConnectionSettingsError,
  ExportFailedError,
  InvalidInputError,
  MessageRefusedError,
  RunNotFoundError,
  ScheduleExistsError,
  ScheduleNotKnownError,
  ServerUnreachableError,
  type ExportFailure,
} from '../errors.ts';

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

interface Report {
  what: string;
  why: string;
  next: string;
}

/** An error that a command words itself. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly report: Report;
  readonly exitCode: number;

  constructor(report: Report, { exitCode = EXIT.failed, cause }: { exitCode?: number; cause?: unknown } = {}) {
    super(report.what, { cause });
    this.report = report;
    this.exitCode = exitCode;
  }
}

/** Thrown when a person or the system says stop: nothing failed, and nothing more is to be said. Exit 128 + signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('interrupted');
    this.exitCode = exitCode;
  }
}

/** @returns the exit code; writes the report to `stderr`, where there is one */
export function reportFailure(error: unknown, stderr: TextStream): number {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const { report, exitCode } = describe(error);
  print(stderr, `Error: ${report.what}\n  Why:  ${indent(report.why)}\n  Next: ${indent(report.next)}`);
  return exitCode;
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n        ');
}

function describe(error: unknown): { report: Report; exitCode: number } {
  if (error instanceof CliError) return error;
  if (error instanceof InvalidInputError) {
    return {
      report: {
        what: 'The input is not valid. Nothing was started.',
        why: error.problems.map(({ field, message }) => `${field}: ${message}`).join('\n'),
        next: 'Correct these fields; --help shows an example.',
      },
      exitCode: EXIT.usage,
    };
  }
  if (error instanceof AlreadyRunningDifferentlyError) {
    return failed({
      what: 'AlreadyRunningDifferently: this work runs already, with another input. Nothing was started.',
      why: `${error.workflowId} differs in: ${error.fields.join(', ')}.`,
      next: 'Wait for it, cancel it, or run the command with the same options to attach to it.',
    });
  }
  if (error instanceof ServerUnreachableError) return failed(unreachable(error));
  if (error instanceof ConnectionSettingsError) {
    return failed({
      what: 'There is no way to connect to Temporal.',
      why: error.message,
      next: 'Correct TEMPORAL_… or the config file that TEMPORAL_CONFIG_FILE names.',
    });
  }
  if (error instanceof PayloadKeyError) {
    return failed({
      what: 'What the run holds is sealed.',
      why: `${error.message}.`,
      next: 'Give this command the keys of the workers: TEMPORAL_PAYLOAD_KEYS, or TEMPORAL_PAYLOAD_KEYS_FILE',
    });
  }
  if (error instanceof ChildDiedError || error instanceof NoTemporalCliError) return failed(localReport(error));
  if (error instanceof RunNotFoundError) {
    return failed({
      what: 'There is no such run.',
      why: error.message,
      next:
        'To see what there is: feishu-vc backfill list. One goes by its workflow id, or by its range: 2026-10, ' +
        '2026-10-01..2026-10-07. One that is gone may be started again; what it had committed is kept.',
    });
  }
  if (error instanceof ScheduleExistsError || error instanceof ScheduleNotKnownError) {
    return failed({
      what: error.message,
      why: error instanceof ScheduleExistsError ? 'Its settings are others.' : 'It was deleted, or never made.',
      next: 'To see the schedules: feishu-vc schedule list',
    });
  }
  if (error instanceof MessageRefusedError) {
    const next = error.reason === 'refused' ? 'Look at its state and try again.' : 'Start one: feishu-vc worker';
    return failed({ what: 'The run did not take the message.', why: error.message, next });
  }
  if (error instanceof ExportFailedError) return describeFailedRun(error);
  const why = error instanceof Error ? withCauses(error) : String(error);
  return failed({
    what: 'The command failed unexpectedly.',
    why,
    next: 'Run it again; work that was started goes on and is attached to.',
  });
}

function failed(report: Report): { report: Report; exitCode: number } {
  return { report, exitCode: EXIT.failed };
}

function unreachable(error: ServerUnreachableError): Report {
  if (error.reason === 'refused') {
    return {
      what: `The Temporal server at ${error.address} refuses this caller.`,
      why: withCauses(error),
      next: 'Check TEMPORAL_API_KEY and TEMPORAL_TLS_*.',
    };
  }
  return {
    what: `No Temporal server answers at ${error.address}.`,
    why: 'Nothing listens there, it is not reachable from here, or it wants TLS.',
    next: 'Start one with `feishu-vc server` and a worker with `feishu-vc worker`, or set TEMPORAL_ADDRESS.',
  };
}

/** What was to run on this machine does not. */
function localReport(error: ChildDiedError | NoTemporalCliError): Report {
  if (error instanceof NoTemporalCliError) {
    return {
      what: 'The embedded Temporal server cannot be started: its program could not be had.',
      why: error.attempts.join('\n'),
      next: 'Install the Temporal command line (https://docs.temporal.io/cli) so that `temporal` is on PATH.',
    };
  }
  return {
    what: `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`,
    why: error.lastLines.length > 0 ? `It said last:\n${error.lastLines.join('\n')}` : 'It said nothing.',
    next: error.logFile === undefined ? 'Run the command again.' : `Its whole log is ${error.logFile}.`,
  };
}

const NEXT: Record<ExportFailure, string> = {
  InvalidInput: 'Correct the input; --help shows an example.',
  CredentialsRejected: "Correct the worker's credentials, then run the command again: what is committed is kept.",
  PermissionDenied: 'Give the app or the user the right that is named, then run the command again.',
  ExportTaskFailed: 'Run the command again; if it fails the same way, ask Feishu support with the log id.',
  ExportTaskTimedOut: 'Run the command again later.',
  UnreadableFile: 'Keep the raw file that is named: it shows what Feishu sent. Run the command again later.',
  StoreUnavailable: 'Make the place that DATA_URL names writable, then run the command again.',
  Cancelled: 'Run the command again to finish it.',
  Terminated: 'Run the command again to finish it.',
  TimedOut: 'Run the command again to finish it.',
  Other: 'Look at the run in the Temporal UI, then run the command again.',
};

function describeFailedRun(error: ExportFailedError): { report: Report; exitCode: number } {
  return {
    report: {
      what: `${error.workflowId} ended with ${error.type}.`,
      why: error.message,
      next: NEXT[error.type],
    },
    // Some inputs are found wrong only by the worker: a day in the future, an unknown profile.
    exitCode: error.type === 'InvalidInput' ? EXIT.usage : EXIT.failed,
  };
}

function withCauses(error: Error): string {
  const messages: string[] = [];
  for (let link: unknown = error; link instanceof Error; link = link.cause) {
    if (!messages.includes(link.message)) messages.push(link.message);
  }
  return messages.join('\n');
}
