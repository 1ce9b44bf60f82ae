import type { TenantShape } from './tenant-shape.ts';
import type { TrueMeeting, TrueParticipant, TrueQualityMinute } from './truth.ts';
/** Null for guests and phone callers: nobody can ask about them. */
export declare const sessionId: (participant: TrueParticipant) => string | null;
/**
 * Whether each list element carries the CPU figures of the minute after its own, as the documented example does. Then
 * the session's first minute has no CPU figures in either view.
 */
export declare function hasLateCpu(meeting: TrueMeeting, participant: TrueParticipant): boolean;
/** Empty for attendees without an id, and for about one session in a hundred: Feishu knows nothing about these. */
export declare function qualityOf(shape: TenantShape, meeting: TrueMeeting, participant: TrueParticipant): TrueQualityMinute[];
