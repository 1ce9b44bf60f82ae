/**
 * Reading and checking parameters. The list APIs have the codes 126003 to 126016; the export pages list none of them, so
 * there the same mistakes are 121003 with the reason in `error.message`.
 */
import type { UserIdType } from '../feishu/contract.ts';
import { ApiError } from './api.ts';
import type { Call } from './api.ts';
type Dialect = 'list' | 'export';
/** Values by name; `undefined` for what is not there. Wrong types are refused with 99992402. */
export interface Params {
    dialect: Dialect;
    text(name: string): string | undefined;
    whole(name: string): number | undefined;
    flag(name: string): boolean | undefined;
    texts(name: string): string[] | undefined;
}
export declare function queryParams({ query }: Call): Params;
export declare function bodyParams({ body }: Call): Params;
export declare function required(params: Params, name: string): string;
/** A mistake that has its own code in the list APIs. */
export declare function refusal(params: Params, code: number, msg: string): ApiError;
/** Unix seconds, both ends included. */
export interface TimeWindow {
    from: number;
    to: number;
}
type Span = 'year' | 'month' | 'day';
interface WindowRule {
    from: string;
    to: string;
    longest: Span;
    nowS: number;
    /** The upcoming list is the only one that may begin in the future. */
    upcoming?: boolean;
}
export declare function timeWindow(params: Params, { from: fromName, to: toName, longest, nowS, upcoming }: WindowRule): TimeWindow;
export declare function meetingNo(params: Params, isRequired: boolean): string | undefined;
export type MeetingStatus = 1 | 2 | 3;
/** 1 ongoing, 2 ended (default), 3 upcoming. */
export declare function meetingStatus(params: Params): MeetingStatus;
/** An id of another kind than `user_id_type` says is unknown to Feishu. */
export declare function userId(params: Params, kind: UserIdType): string | undefined;
export declare function roomId(params: Params): string | undefined;
export declare function userIdType({ query }: Call): UserIdType;
export declare function pageSize(params: Params, { min }: {
    min: number;
}): number;
export {};
