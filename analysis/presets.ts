/** Rule sets that come with the product. Feishu publishes no limits of its own. */
import type { Limits, RuleName, RuleSet } from './rules.ts';

const CISCO = 'Cisco UCM in Webex: concealed seconds under 3 %, 3 to 7 %, over 7 %; at least 5 minutes is our addition';
const SESSION = { fair_pct: 3, poor_pct: 7, least_minutes: 5, long_run_minutes: 3, source: CISCO };
const TARGET = { poor_audio_pct: 3, source: 'Microsoft Quality of Experience Review: poor audio streams overall 3 %' };

const CPU: Partial<Record<RuleName, Limits>> = {
  system_avg_cpu_pct: { fair: 80, poor: 90, source: 'Google Meet playbook: client CPU under 80 %, bad over 90 %' },
  system_max_cpu_pct: {
    fair: null,
    poor: 95,
    source: 'ours, for exports, which have no average: 95 % in two minutes in a row',
  },
};
const BURST = { fair: 10, poor: null, source: 'Microsoft Teams: under 10 % loss in any 200 ms; never poor by itself' };
const PICTURE_SOURCE = 'ours: a picture bears twice what a voice does';
const PICTURE_LOSS = { fair: 3, poor: 10, source: 'Huawei Cloud Meeting: video 3 %; Microsoft CQD 15 % after FEC' };
const PICTURE_JITTER = { fair: 50, poor: 100, source: PICTURE_SOURCE };
const PICTURE_DELAY = { fair: 300, poor: 500, source: PICTURE_SOURCE };

const DEFAULT: RuleSet = {
  name: 'default',
  rules: {
    audio_loss_pct: {
      fair: 3,
      poor: 5,
      source: 'Google Meet 3 %; Vidyo and Unify Circuit 5 %; E-model: MOS 4.0 and 3.8',
    },
    audio_loss_burst_pct: BURST,
    audio_jitter_ms: {
      fair: 30,
      poor: 50,
      source: 'Microsoft CQD 30 ms; Huawei Cloud Meeting and Unify Circuit 50 ms',
    },
    audio_delay_ms: { fair: 150, poor: 300, source: 'ITU-T G.114 150 ms; Unify Circuit and Plivo 300 ms' },
    video_loss_pct: PICTURE_LOSS,
    video_loss_burst_pct: BURST,
    video_jitter_ms: PICTURE_JITTER,
    video_delay_ms: PICTURE_DELAY,
    video_framerate_fps: { fair: 12, poor: 7, source: 'Microsoft CQD 7 fps; fair is ours' },
    screen_sharing_loss_pct: PICTURE_LOSS,
    screen_sharing_loss_burst_pct: BURST,
    screen_sharing_jitter_ms: PICTURE_JITTER,
    screen_sharing_delay_ms: PICTURE_DELAY,
    screen_sharing_framerate_fps: { fair: null, poor: 2, source: 'Microsoft CQD 2 fps, where the network is bad too' },
    ...CPU,
  },
  session: SESSION,
  target: TARGET,
};

const CQD = 'Microsoft Call Quality Dashboard, stream classification';
const cqd = (poor: number): Limits => ({ fair: null, poor, source: CQD });
const TEAMS_CQD: RuleSet = {
  name: 'teams-cqd',
  rules: {
    audio_loss_pct: cqd(10),
    audio_jitter_ms: cqd(30),
    audio_delay_ms: cqd(500),
    video_loss_pct: cqd(15),
    video_framerate_fps: cqd(7),
    screen_sharing_loss_pct: cqd(15),
    screen_sharing_framerate_fps: cqd(2),
  },
  session: SESSION,
  target: TARGET,
};

const HUAWEI_SOURCE = 'Huawei Cloud Meeting FAQ: shown red';
const huawei = (poor: number): Limits => ({ fair: null, poor, source: HUAWEI_SOURCE });
const HUAWEI: RuleSet = {
  name: 'huawei',
  rules: {
    audio_loss_pct: huawei(10),
    audio_jitter_ms: huawei(50),
    audio_delay_ms: huawei(250),
    video_loss_pct: huawei(3),
    video_jitter_ms: huawei(50),
    video_delay_ms: huawei(250),
    screen_sharing_loss_pct: huawei(3),
    screen_sharing_jitter_ms: huawei(50),
    screen_sharing_delay_ms: huawei(250),
  },
  session: SESSION,
  target: TARGET,
};

const NETWORK_TARGETS = 'Microsoft Teams network targets: 100 ms, 30 ms, 1 %';
const strictly = (fair: number, poor: number): Limits => ({ fair, poor, source: NETWORK_TARGETS });
const STRICT: RuleSet = {
  name: 'strict',
  rules: {
    ...DEFAULT.rules,
    audio_loss_pct: strictly(1, 3),
    audio_jitter_ms: strictly(20, 30),
    audio_delay_ms: strictly(100, 200),
    video_loss_pct: strictly(1, 3),
    video_jitter_ms: strictly(30, 50),
    video_delay_ms: strictly(100, 300),
    screen_sharing_loss_pct: strictly(1, 3),
    screen_sharing_jitter_ms: strictly(30, 50),
    screen_sharing_delay_ms: strictly(100, 300),
  },
  session: SESSION,
  target: { poor_audio_pct: 1, source: 'Microsoft Quality of Experience Review: wired and 5 GHz Wi-Fi 1 %' },
};

export const PRESETS: Readonly<Record<string, RuleSet>> = {
  default: DEFAULT,
  'teams-cqd': TEAMS_CQD,
  huawei: HUAWEI,
  strict: STRICT,
};
