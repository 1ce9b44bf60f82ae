import { success } from './api.js';
import { mayReadUserIds } from './auth.js';
import { meetingTable, participantTable, qualityTable, reservationTable } from './layouts.js';
import { bodyParams } from './params.js';
import { meetingRows, participantRows, qualitySession, reservationRows } from './requests.js';
export function createTask(world, call, fault) {
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
function exportOf(world, call) {
    const params = bodyParams(call);
    const { zone } = world.tenant;
    const format = { zone, showUserIds: mayReadUserIds(call.identity) };
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
            const table = () => qualityTable(world.tenant.quality(meeting, participant), format);
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
//# sourceMappingURL=exports.js.map