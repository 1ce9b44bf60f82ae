/** What is in the histories of a run and of everything below it, by type of workflow. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { History } from '../../test/support/history-json.ts';

/** Histories that are read at once. */
const READERS = 16;
type HistoryEvent = NonNullable<History['events']>[number];

export interface TypeBill {
  executions: number;
  'continued as new': number;
  events: number;
  bytes: number;
  'longest, events': number;
  'largest, bytes': number;
  'workflow tasks': number;
  activities: number;
  attempts: number;
  'local activities': number;
  timers: number;
  children: number;
  'signals got': number;
  upserts: number;
}

const COUNTED: Partial<Record<keyof TypeBill, (event: HistoryEvent) => number>> = {
  'workflow tasks': (event) => (event.workflowTaskCompletedEventAttributes ? 1 : 0),
  activities: (event) => (event.activityTaskScheduledEventAttributes ? 1 : 0),
  attempts: (event) => event.activityTaskStartedEventAttributes?.attempt ?? 0,
  'local activities': (event) => (event.markerRecordedEventAttributes?.markerName === 'core_local_activity' ? 1 : 0),
  timers: (event) => (event.timerStartedEventAttributes ? 1 : 0),
  children: (event) => (event.startChildWorkflowExecutionInitiatedEventAttributes ? 1 : 0),
  'signals got': (event) => (event.workflowExecutionSignaledEventAttributes ? 1 : 0),
  upserts: (event) => (event.upsertWorkflowSearchAttributesEventAttributes ? 1 : 0),
};

/** Waits until visibility has seen that nothing below runs any more. */
export async function billOf(client: Client, rootWorkflowIds: readonly string[]): Promise<Map<string, TypeBill>> {
  const bills = new Map<string, TypeBill>();
  for (const id of rootWorkflowIds) {
    const query = `RootWorkflowId = '${id}'`;
    while ((await client.workflow.count(`${query} AND ExecutionStatus = 'Running'`)).count > 0) await sleep(100);
    const executions: WorkflowExecutionInfo[] = [];
    for await (const execution of client.workflow.list({ query, pageSize: 1000 })) executions.push(execution);
    const readOn = async () => {
      for (let next = executions.pop(); next !== undefined; next = executions.pop()) await add(bills, client, next);
    };
    await Promise.all(Array.from({ length: READERS }, readOn));
  }
  return bills;
}

async function add(bills: Map<string, TypeBill>, client: Client, execution: WorkflowExecutionInfo): Promise<void> {
  const { workflowId, runId, type, status, historyLength, historySize = 0 } = execution;
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const bill = bills.get(type) ?? nothing();
  bills.set(type, bill);
  bill.executions++;
  bill.events += historyLength;
  bill.bytes += historySize;
  bill['longest, events'] = Math.max(bill['longest, events'], historyLength);
  bill['largest, bytes'] = Math.max(bill['largest, bytes'], historySize);
  if (status.name === 'CONTINUED_AS_NEW') bill['continued as new']++;
  for (const [name, count] of Object.entries(COUNTED)) {
    const key = name as keyof TypeBill;
    for (const event of events ?? []) bill[key] += count(event);
  }
}

function nothing(): TypeBill {
  return {
    executions: 0,
    'continued as new': 0,
    events: 0,
    bytes: 0,
    'longest, events': 0,
    'largest, bytes': 0,
    'workflow tasks': 0,
    activities: 0,
    attempts: 0,
    'local activities': 0,
    timers: 0,
    children: 0,
    'signals got': 0,
    upserts: 0,
  };
}
