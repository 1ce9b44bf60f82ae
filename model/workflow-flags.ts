/** Globals that a worker sets before the workflows are loaded. */
export const WORKFLOW_FLAGS = {
  /** Messages and stacks of failures go into payloads, for a codec to seal. */
  sealsFailures: '__feishuVcSealedFailures',
  /** What a run starts carries the trace that the run is part of. */
  traces: '__feishuVcTraces',
} as const;

export type WorkflowFlag = keyof typeof WORKFLOW_FLAGS;
