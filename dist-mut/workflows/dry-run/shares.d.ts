import type { Candidate, SampledSessions } from '../../activities/index.ts';
export interface Shares {
    /** Of devices: participant-sessions, and those that can be asked about. */
    sessions: number;
    askable: number;
    participant_pages: number;
    quality_pages: number;
}
export interface Sampled extends SampledSessions {
    candidate: Candidate;
}
/** @param threshold the highest priority that was not drawn; 0 where all were */
export declare function sharesOf(sample: readonly Sampled[], threshold: number): Shares;
