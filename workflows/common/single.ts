/** A run of one file, one meeting or one participant that is nobody's child: it has a table of its own. */
import { workflowInfo } from '@temporalio/workflow';
import type { DescribedProfile, SingleRunLocation } from '../../activities/index.ts';
import type { ExportResource } from '../../feishu/contract.ts';
import type { TableOfADay } from '../../model/day-tables.ts';
import type { Run } from './run.ts';

/** Runs of every kind are found by the names of tables. */
const TABLE_OF: Record<ExportResource, TableOfADay> = {
  meeting_list: 'meetings',
  participant_list: 'participants',
  participant_quality_list: 'quality_minutes',
  resource_reservation_list: 'reservations',
};

/** `known`: handed on by the run before, which this one continues. */
export async function beginSingle(
  run: Run,
  { profile, resource, known }: { profile: string; resource: ExportResource; known?: DescribedProfile | undefined },
): Promise<DescribedProfile> {
  const described = known ?? (await run.looks(profile).describeProfile({ profile }));
  run.callsAt(profile, described.api_task_queue);
  run.findableBy(described, { FeishuProfile: profile, FeishuResource: [TABLE_OF[resource]] });
  return described;
}

/** Where its files lie; the same for all runs of a chain. */
export function singleLocation({ startedAtMs }: Run): SingleRunLocation {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return { kind: 'single', workflow_id: workflowId, run_id: firstExecutionRunId, generation: startedAtMs };
}
