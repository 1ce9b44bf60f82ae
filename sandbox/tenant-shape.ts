/** What a sandbox tenant is drawn from. */
import type { Scenario } from './causes.ts';
import type { Directory } from './directory.ts';
import type { TrueMeeting } from './truth.ts';
import type { Zone } from './zone.ts';

export interface TenantShape {
  seed: string;
  meetingsPerDay: number;
  /** Mean number of people in a meeting; rejoins, second devices and guests come on top. */
  participantsPerMeeting: number;
  /** Longest meeting, except the one of over 24 h. */
  minutesPerMeeting: number;
  /** Every tenth day one meeting lasts 26 h. */
  longMeetings: boolean;
  /** Some Sundays have no meeting at all. */
  emptyDays: boolean;
  /** Share of quality cells where the XLSX disagrees with the list, 0 to 1. */
  disagreementRate: number;
  scenario: Scenario;
}
export interface TenantBase {
  shape: TenantShape;
  zone: Zone;
  directory: Directory;
}

/** A meeting before its attendees are known. */
export type MeetingPlan = Omit<
  TrueMeeting,
  | 'number_of_participants'
  | 'number_of_webinar_viewers'
  | 'number_of_devices'
  | 'audio'
  | 'video'
  | 'sharing'
  | 'telephone'
>;
