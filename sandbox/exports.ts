/** E1 to E4: a create call becomes a task whose file shows what was known when it was created. */
import type { ExportResource } from '../feishu/contract.ts';
import { success } from './api.ts';
import type { Answer, Call } from './api.ts';
import { mayReadUserIds } from './auth.ts';
import type { FaultRule } from './faults.ts';
import { meetingTable, participantTable, qualityTable, reservationTable } from './layouts.ts';
import type { Table } from './layouts.ts';
import { bodyParams } from './params.ts';
import { meetingRows, participantRows, qualitySession, reservationRows } from './requests.ts';
import type { World } from './world.ts';

export function createTask(world: World, call: Call, fault: FaultRule | undefined): Answer {
  const { resource, table } = exportOf(world, call);
  const taskId = world.tasks.create({
    resource,
    request: { ...Object.fromEntries(call.query), ...call.body },
    owner: call.identity.owner,
    fault,
    table,
  });
  return success({ task_id: taskId });
}

function exportOf(world: World, call: Call): { resource: ExportResource; table: () => Table } {
  const params = bodyParams(call);
  const { zone } = world.tenant;
  const { fileStartsToTheMinute: startsToTheMinute } = world.settings;
  const format = { zone, showUserIds: mayReadUserIds(call.identity), startsToTheMinute };
  switch (call.endpoint) {
    case 'E1': {
      const { rows } = meetingRows(world, call, params);
      return { resource: 'meeting_list', table: () => meetingTable(rows, format) };
    }
    case 'E2': {
      const { rows } = participantRows(world, call, params);
      return { resource: 'participant_list', table: () => participantTable(rows, format) };
    }
    case 'E3': {
      const { meeting, participant } = qualitySession(world, call, params);
      // Minutes are drawn when the file is read: keeping those of thousands of tasks would fill the memory.
      const table = (): Table => qualityTable(world.tenant.quality(meeting, participant), format);
      return { resource: 'participant_quality_list', table };
    }
    case 'E4': {
      const { rows, needTopic } = reservationRows(world, call, params);
      return { resource: 'resource_reservation_list', table: () => reservationTable(rows, { zone, needTopic }) };
    }
    default:
      throw new Error(`${call.endpoint} creates no task`);
  }
}
