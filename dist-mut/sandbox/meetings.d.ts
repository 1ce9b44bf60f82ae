import type { TenantBase } from './tenant-shape.ts';
import type { TrueMeeting } from './truth.ts';
export declare const LONGEST_MEETING_S: number;
export declare function meetingsOfDay(base: TenantBase, day: string, revision: number): TrueMeeting[];
