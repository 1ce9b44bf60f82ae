/** Minutes of one device-session. A pure function of the seed, the meeting and the session's key. */
import { troublesOf } from './causes.ts';
import type { Troubles } from './causes.ts';
import { drawsFor } from './random.ts';
import type { Draws } from './random.ts';
import type { TenantBase, TenantShape } from './tenant-shape.ts';
import { NO_FIGURES } from './truth.ts';
import type { Loss, Medium, QualityNumber, TrueMeeting, TrueParticipant, TrueQualityMinute } from './truth.ts';

const DIRECTIONS = ['received', 'sent'] as const;
const VIDEO_RESOLUTIONS = ['360P', '720P', '720P', '720P', '720P', '720P', '720P', '1080P', '1080P', '1080P'];
const SHARE_RESOLUTIONS = ['720P', '1080P', '1080P', '1080P', '4K'];

/** Columns that both views show, where the XLSX may disagree. */
const SHARED_COLUMNS = [
  'audio_bitrate_kbps_received',
  'audio_latency_ms_received',
  'audio_jitter_ms_sent',
  'client_max_cpu_usage_pct',
] as const satisfies QualityNumber[];

/** Null for guests and phone callers: nobody can ask about them. */
export const sessionId = (participant: TrueParticipant): string | null =>
  participant.user_ids?.open_id ?? participant.meeting_room_id;

/**
 * Whether each list element carries the CPU figures of the minute after its own, as the documented example does. Then
 * the session's first minute has no CPU figures in either view.
 */
export function hasLateCpu(meeting: TrueMeeting, participant: TrueParticipant): boolean {
  return sessionDraws('cpu', meeting, participant).chance(0.5);
}

function sessionDraws(purpose: string, meeting: TrueMeeting, participant: TrueParticipant): Draws {
  return drawsFor(meeting.meeting_instance_id, purpose, sessionId(participant) ?? '', participant.join_time);
}

/** Empty for attendees without an id, and for about one session in a hundred: Feishu knows nothing about these. */
export function qualityOf(base: TenantBase, meeting: TrueMeeting, participant: TrueParticipant): TrueQualityMinute[] {
  if (sessionId(participant) === null) return [];
  const draws = sessionDraws('quality', meeting, participant);
  if (draws.chance(0.01)) return [];
  const lateCpu = hasLateCpu(meeting, participant);
  const line = lineOf(participant, draws);
  const first = Math.floor(participant.join_time / 60) * 60;
  const minutes: TrueQualityMinute[] = [];
  for (let time = first; time < participant.leave_time || time === first; time += 60) {
    const minute: TrueQualityMinute = { time, ...NO_FIGURES, export_says: {} };
    const state = stateOf({ base, participant, line, draws, time });
    fill(minute, { participant, state, draws, bump: meeting.revision, hasCpu: !(lateCpu && time === first) });
    disagree(minute, base.shape, participant);
    minutes.push(minute);
  }
  return minutes;
}

/** What a session's line and machine are like when all is well; a hiccup is a stretch of minutes in which it is not. */
interface Line {
  delayMs: number;
  jitterMs: number;
  cpuPct: number;
  hiccup: { from: number; to: number };
}

function lineOf({ join_time: join, leave_time: leave, network_type: network }: TrueParticipant, draws: Draws): Line {
  const isMobile = network === '4G' || network === '5G';
  const from = join + draws.int(0, Math.max(0, leave - join));
  return {
    delayMs: draws.int(15, 70) + (isMobile ? 30 : 0),
    jitterMs: draws.int(1, isMobile ? 14 : 8),
    cpuPct: draws.int(12, 38),
    hiccup: draws.chance(0.02) ? { from, to: from + draws.int(1, 3) * 60 } : { from: 0, to: 0 },
  };
}

/** Figures around which one minute is drawn. Losses in percent of what is sent (uplink) and received. */
interface MinuteState {
  delayMs: number;
  jitterMs: number;
  loss: Record<(typeof DIRECTIONS)[number], number>;
  cpuPct: number;
  fps: number;
}

interface StateInput {
  base: TenantBase;
  participant: TrueParticipant;
  line: Line;
  draws: Draws;
  time: number;
}

function stateOf({ base, participant, line, draws, time }: StateInput): MinuteState {
  const trickle = (): number => (draws.chance(0.85) ? 0 : tenths(draws, 1.5));
  const state: MinuteState = {
    delayMs: line.delayMs + draws.int(0, 15),
    jitterMs: line.jitterMs + draws.int(0, 4),
    loss: { received: trickle(), sent: trickle() },
    cpuPct: line.cpuPct + draws.int(0, 8),
    fps: draws.int(22, 30),
  };
  if (time >= line.hiccup.from - 59 && time < line.hiccup.to) {
    state.loss.received = sum(state.loss.received, draws.int(4, 12));
    state.jitterMs += draws.int(10, 40);
  }
  if (draws.chance(0.02)) state.jitterMs += draws.int(20, 30);
  if (base.shape.scenario === 'planted') suffer(state, troublesOf(participant, time, base.zone), draws);
  return state;
}

function suffer(state: MinuteState, troubles: Troubles, draws: Draws): void {
  if (troubles.uplink && draws.chance(0.9)) state.loss.sent = sum(state.loss.sent, draws.int(6, 16));
  if (troubles.wifi && draws.chance(0.7)) state.jitterMs += draws.int(45, 90);
  if (troubles.proxy) state.delayMs += draws.int(280, 500);
  if (troubles.oldClient) state.fps = draws.int(2, 6);
  if (troubles.slowLaptop) {
    state.cpuPct = draws.int(93, 99);
    state.fps = Math.min(state.fps, draws.int(6, 14));
  }
  if (troubles.badDay && draws.chance(0.6)) {
    state.loss.received = sum(state.loss.received, draws.int(5, 10));
    state.delayMs += draws.int(200, 300);
  }
}

interface FillInput {
  participant: TrueParticipant;
  state: MinuteState;
  draws: Draws;
  /** Added to what a change of the tenant moves. */
  bump: number;
  hasCpu: boolean;
}

function fill(minute: TrueQualityMinute, { participant, state, draws, bump, hasCpu }: FillInput): void {
  if (!draws.chance(0.03)) addNetwork(minute, state, draws);
  // Audio stays, so that no minute is without any figure.
  addMedium(minute, { medium: 'audio', state, draws, bump });
  if (participant.video && !draws.chance(0.2)) addMedium(minute, { medium: 'video', state, draws, bump: 0 });
  if (participant.sharing && draws.chance(0.4)) addMedium(minute, { medium: 'screen_sharing', state, draws, bump: 0 });
  if (!draws.chance(0.05) && hasCpu) addCpu(minute, state, draws);
}

function disagree(
  minute: TrueQualityMinute,
  { seed, disagreementRate }: TenantShape,
  { join_time }: TrueParticipant,
): void {
  for (const column of disagreementRate > 0 ? SHARED_COLUMNS : []) {
    const value = minute[column];
    // Drawn apart from the figures, which are the same with and without disagreements.
    const disagrees = drawsFor(seed, column, minute.time, join_time).chance(disagreementRate);
    if (disagrees && value !== null) minute.export_says[column] = sum(value, 1);
  }
}

const tenths = (draws: Draws, max: number): number => draws.int(0, max * 10) / 10;
/** Sums of tenths stay tenths: 0.1 + 0.2 must read as 0.3. */
const sum = (a: number, b: number): number => Math.round((a + b) * 10) / 10;

function addNetwork(minute: TrueQualityMinute, { delayMs, loss }: MinuteState, draws: Draws): void {
  minute.network_delay_ms = delayMs;
  for (const direction of DIRECTIONS) {
    minute[`network_bitrate_kbps_${direction}`] = draws.int(50, 4000);
    setLoss((kind, value) => (minute[`network_${kind}_${direction}`] = value), loss[direction], draws);
  }
}

function setLoss(set: (kind: Loss, value: number) => void, average: number, draws: Draws): void {
  set('packet_loss_avg_pct', average);
  set('packet_loss_max_pct', sum(average, average === 0 ? 0 : draws.int(0, 3)));
}

interface MediumInput {
  medium: Medium;
  state: MinuteState;
  draws: Draws;
  bump: number;
}

function addMedium(minute: TrueQualityMinute, { medium, state, draws, bump }: MediumInput): void {
  for (const direction of DIRECTIONS) {
    minute[`${medium}_bitrate_kbps_${direction}`] = draws.int(8, medium === 'audio' ? 64 : 2500) + bump;
    minute[`${medium}_latency_ms_${direction}`] = state.delayMs + draws.int(0, 10);
    minute[`${medium}_jitter_ms_${direction}`] = state.jitterMs + draws.int(0, 3);
    setLoss((kind, value) => (minute[`${medium}_${kind}_${direction}`] = value), state.loss[direction], draws);
    if (medium === 'audio') continue;
    const isVideo = medium === 'video';
    minute[`${medium}_maximum_resolution_${direction}`] = draws.pick(isVideo ? VIDEO_RESOLUTIONS : SHARE_RESOLUTIONS);
    // A slide that stands still has one frame in a second, on the best of lines.
    minute[`${medium}_framerate_fps_${direction}`] = isVideo ? state.fps : draws.pick([1, 5, 8, 15]);
  }
  if (medium === 'audio') {
    minute.audio_mic_input_volume_db = draws.int(-60, 12);
    minute.audio_speaker_volume_db = draws.int(-60, 12);
  }
}

const inPercent = (value: number): number => Math.min(100, value);

function addCpu(minute: TrueQualityMinute, { cpuPct }: MinuteState, draws: Draws): void {
  const low = tenths(draws, Math.min(10, cpuPct / 4));
  const average = sum(low, tenths(draws, cpuPct / 4));
  minute.client_min_cpu_usage_pct = low;
  minute.client_avg_cpu_usage_pct = average;
  minute.client_max_cpu_usage_pct = sum(average, draws.int(0, 20));
  minute.system_avg_cpu_usage_pct = cpuPct;
  minute.system_max_cpu_usage_pct = inPercent(sum(cpuPct, draws.int(2, 20)));
}
