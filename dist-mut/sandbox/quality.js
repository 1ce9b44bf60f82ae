/** Minutes of one device-session. A pure function of the seed, the meeting and the session's key. */
import { drawsFor } from './random.js';
import { NO_FIGURES } from './truth.js';
const DIRECTIONS = ['received', 'sent'];
const RESOLUTIONS = ['360P', '720P', '1080P', '4K'];
/** Columns that both views show, where the XLSX may disagree. */
const SHARED_COLUMNS = [
    'audio_bitrate_kbps_received',
    'audio_latency_ms_received',
    'audio_jitter_ms_sent',
    'client_max_cpu_usage_pct',
];
/** Null for guests and phone callers: nobody can ask about them. */
export const sessionId = (participant) => participant.user_ids?.open_id ?? participant.meeting_room_id;
/**
 * Whether each list element carries the CPU figures of the minute after its own, as the documented example does. Then
 * the session's first minute has no CPU figures in either view.
 */
export function hasLateCpu(meeting, participant) {
    return sessionDraws('cpu', meeting, participant).chance(0.5);
}
function sessionDraws(purpose, meeting, participant) {
    return drawsFor(meeting.meeting_instance_id, purpose, sessionId(participant) ?? '', participant.join_time);
}
/** Empty for attendees without an id, and for about one session in a hundred: Feishu knows nothing about these. */
export function qualityOf(shape, meeting, participant) {
    if (sessionId(participant) === null)
        return [];
    const draws = sessionDraws('quality', meeting, participant);
    if (draws.chance(0.01))
        return [];
    const lateCpu = hasLateCpu(meeting, participant);
    const first = Math.floor(participant.join_time / 60) * 60;
    const minutes = [];
    for (let time = first; time < participant.leave_time || time === first; time += 60) {
        minutes.push(minuteOf({ shape, participant, draws, time, hasCpu: !(lateCpu && time === first) }, meeting.revision));
    }
    return minutes;
}
function minuteOf({ shape, participant, draws, time, hasCpu }, revision) {
    const minute = { time, ...NO_FIGURES, export_says: {} };
    if (!draws.chance(0.03))
        addNetwork(minute, draws);
    // Audio stays, so that no minute is without any figure.
    addMedium(minute, 'audio', draws, revision);
    if (participant.video && !draws.chance(0.2))
        addMedium(minute, 'video', draws, 0);
    if (participant.sharing && draws.chance(0.4))
        addMedium(minute, 'screen_sharing', draws, 0);
    if (!draws.chance(0.05) && hasCpu)
        addCpu(minute, draws);
    for (const column of shape.disagreementRate > 0 ? SHARED_COLUMNS : []) {
        const value = minute[column];
        // Drawn apart from the figures, which are the same with and without disagreements.
        const disagrees = drawsFor(shape.seed, column, time, participant.join_time).chance(shape.disagreementRate);
        if (disagrees && value !== null)
            minute.export_says[column] = sum(value, 1);
    }
    return minute;
}
const tenths = (draws, max) => draws.int(0, max * 10) / 10;
/** Sums of tenths stay tenths: 0.1 + 0.2 must read as 0.3. */
const sum = (a, b) => Math.round((a + b) * 10) / 10;
function addNetwork(minute, draws) {
    minute.network_delay_ms = draws.int(5, 300);
    for (const direction of DIRECTIONS) {
        minute[`network_bitrate_kbps_${direction}`] = draws.int(50, 4000);
        setLoss((kind, value) => (minute[`network_${kind}_${direction}`] = value), draws);
    }
}
function setLoss(set, draws) {
    const average = draws.chance(0.7) ? 0 : tenths(draws, 8);
    set('packet_loss_avg_pct', average);
    set('packet_loss_max_pct', sum(average, draws.int(0, 5)));
}
function addMedium(minute, medium, draws, bump) {
    for (const direction of DIRECTIONS) {
        minute[`${medium}_bitrate_kbps_${direction}`] = draws.int(8, medium === 'audio' ? 64 : 2500) + bump;
        minute[`${medium}_latency_ms_${direction}`] = draws.int(1, 400);
        minute[`${medium}_jitter_ms_${direction}`] = draws.int(0, 60);
        setLoss((kind, value) => (minute[`${medium}_${kind}_${direction}`] = value), draws);
        if (medium === 'audio')
            continue;
        minute[`${medium}_maximum_resolution_${direction}`] = draws.pick(RESOLUTIONS);
        minute[`${medium}_framerate_fps_${direction}`] = draws.int(1, 60);
    }
    if (medium === 'audio') {
        minute.audio_mic_input_volume_db = draws.int(-60, 12);
        minute.audio_speaker_volume_db = draws.int(-60, 12);
    }
}
function addCpu(minute, draws) {
    const low = tenths(draws, 10);
    const average = sum(low, tenths(draws, 10));
    minute.client_min_cpu_usage_pct = low;
    minute.client_avg_cpu_usage_pct = average;
    minute.client_max_cpu_usage_pct = sum(average, draws.int(0, 20));
    minute.system_avg_cpu_usage_pct = sum(average, draws.int(0, 10));
    minute.system_max_cpu_usage_pct = sum(minute.system_avg_cpu_usage_pct, draws.int(0, 30));
}
//# sourceMappingURL=quality.js.map