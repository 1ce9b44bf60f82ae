import type { TenantBase } from './tenant-shape.ts';
import type { TrueReservation } from './truth.ts';
export declare const LONGEST_RESERVATION_S: number;
export declare function reservationsOfDay(base: TenantBase, day: string, revision: number): TrueReservation[];
