/**
 * What makes a minute of a call good, fair or poor. One set of rules for every surface: the report, `quality`, `read`,
 * views in a warehouse. What a rule looks at is fixed here; a rule set says from where on, and after whom.
 */

export const MEDIA = ['audio', 'video', 'screen_sharing'] as const;
export type Medium = (typeof MEDIA)[number];
export const DIRECTIONS = ['received', 'sent'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** `machine`: the computer is at its limit; all others are seen in the stream itself. */
export const REASONS = ['loss', 'jitter', 'delay', 'frames', 'machine'] as const;
export type Reason = (typeof REASONS)[number];

export const VERDICTS = ['good', 'fair', 'poor', 'unclassified'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface RuleDefinition {
  /** `machine`: of the session's whole minute, not of one stream. */
  of: Medium | 'machine';
  reason: Reason;
  unit: '%' | 'ms' | 'fps';
  /** `from`: bad at the limit and above it; `below`: bad under it. */
  limit: 'from' | 'below';
  /** Directions that the rule looks at; a machine has none. */
  directions: readonly Direction[];
  /** The first of these columns that has a value is judged; `<direction>` stands for `received` or `sent`. */
  columns: readonly string[];
  /** Poor only where the same stream also has fair or worse loss, jitter or delay. */
  onlyBesides?: true;
  /** Poor only where the minute before or after is poor by this rule as well. */
  twoMinutes?: true;
}

function ofMedium(medium: Medium): Record<'loss' | 'burst' | 'jitter' | 'delay', RuleDefinition> {
  const both = { of: medium, directions: DIRECTIONS, limit: 'from' } as const;
  return {
    // The file has loss by medium, the list only that of the network.
    loss: {
      ...both,
      reason: 'loss',
      unit: '%',
      columns: [`${medium}_packet_loss_avg_pct_<direction>`, 'network_packet_loss_avg_pct_<direction>'],
    },
    burst: {
      ...both,
      reason: 'loss',
      unit: '%',
      columns: [`${medium}_packet_loss_max_pct_<direction>`, 'network_packet_loss_max_pct_<direction>'],
    },
    jitter: { ...both, reason: 'jitter', unit: 'ms', columns: [`${medium}_jitter_ms_<direction>`] },
    delay: { ...both, reason: 'delay', unit: 'ms', columns: [`${medium}_latency_ms_<direction>`, 'network_delay_ms'] },
  };
}

const audio = ofMedium('audio');
const video = ofMedium('video');
const share = ofMedium('screen_sharing');
const frames = { reason: 'frames', unit: 'fps', limit: 'below', directions: ['received'] } as const;
const machine = { of: 'machine', reason: 'machine', unit: '%', limit: 'from', directions: [] } as const;

/** By name, as they stand in a rule file. */
export const RULES = {
  audio_loss_pct: audio.loss,
  audio_loss_burst_pct: audio.burst,
  audio_jitter_ms: audio.jitter,
  audio_delay_ms: audio.delay,
  video_loss_pct: video.loss,
  video_loss_burst_pct: video.burst,
  video_jitter_ms: video.jitter,
  video_delay_ms: video.delay,
  video_framerate_fps: { ...frames, of: 'video', columns: ['video_framerate_fps_<direction>'] },
  screen_sharing_loss_pct: share.loss,
  screen_sharing_loss_burst_pct: share.burst,
  screen_sharing_jitter_ms: share.jitter,
  screen_sharing_delay_ms: share.delay,
  // A slide that stands still has few frames as well.
  screen_sharing_framerate_fps: {
    ...frames,
    of: 'screen_sharing',
    columns: ['screen_sharing_framerate_fps_<direction>'],
    onlyBesides: true,
  },
  system_avg_cpu_pct: { ...machine, columns: ['system_avg_cpu_usage_pct'] },
  system_max_cpu_pct: { ...machine, columns: ['system_max_cpu_usage_pct'], twoMinutes: true },
} as const satisfies Record<string, RuleDefinition>;

export type RuleName = keyof typeof RULES;
export const RULE_NAMES = Object.keys(RULES) as RuleName[];

export function ruleNamed(name: RuleName): RuleDefinition {
  return RULES[name];
}

/** From where on a minute is fair, from where on poor; null: never. */
export interface Limits {
  fair: number | null;
  poor: number | null;
  /** After whom. */
  source: string;
}

export interface SessionLimits {
  /** Share of poor minutes among the classified ones from which a session is fair, above which it is poor. */
  fair_pct: number;
  poor_pct: number;
  /** Sessions with fewer classified minutes are unclassified. */
  least_minutes: number;
  /** So many poor minutes in a row are worth a look. */
  long_run_minutes: number;
  source: string;
}

export interface RuleSet {
  name: string;
  /** Rules that are not there are off. */
  rules: Partial<Record<RuleName, Limits>>;
  session: SessionLimits;
  /** Share of poor audio stream-minutes to stay under. */
  target: { poor_audio_pct: number; source: string };
}
