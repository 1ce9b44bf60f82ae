import type { UnitLocation } from '../activities/index.ts';
import { type Internal } from './common/internal.ts';
import type { ParticipantQualityResult } from './messages.ts';
/** Handed on by a meeting. */
export interface SessionInternal extends Internal {
    /** Where the session belongs; without it the run has a table of its own. */
    location: UnitLocation;
}
export type SessionResult = ParticipantQualityResult & {
    calls: number;
    reason: string | null;
};
export declare function participantQuality(input: unknown, internal?: SessionInternal): Promise<SessionResult>;
