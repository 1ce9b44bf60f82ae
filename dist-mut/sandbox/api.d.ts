/** What the sandbox's parts pass to each other: endpoints, calls, answers, refusals. */
import { ENDPOINTS } from '../feishu/contract.ts';
import type { FeishuErrorDetail } from '../feishu/contract.ts';
export type EndpointId = (typeof ENDPOINTS)[keyof typeof ENDPOINTS]['id'];
export declare const ENDPOINT_IDS: readonly EndpointId[];
/** Who calls: an app in the tenant, or a user. Tasks belong to the identity that created them. */
export interface Identity {
    kind: 'app' | 'user';
    /** App whose buckets the calls count in. */
    app: string;
    /** `app:cli_…` or `user:…`. */
    owner: string;
    scopes: readonly string[];
    /** Whether the app's creator, or the user, holds the Meeting management right. */
    hasRight: boolean;
}
export interface Call {
    endpoint: EndpointId;
    /** Value of `:task_id` or of a room level in the path. */
    pathValue: string | undefined;
    query: URLSearchParams;
    body: Record<string, unknown>;
    identity: Identity;
    /** Tenant's wall clock, unix seconds, whole. */
    nowS: number;
}
export type Answer = {
    kind: 'json';
    status: number;
    json: Record<string, unknown>;
    headers?: Record<string, string>;
} | {
    kind: 'bytes';
    status: number;
    bytes: Buffer;
    headers: Record<string, string>;
} | {
    kind: 'text';
    status: number;
    text: string;
    contentType: string;
};
export declare const success: (data: Record<string, unknown>) => Answer;
/** A refusal as Feishu words it. Thrown by handlers, turned into the documented envelope by the server. */
export declare class ApiError extends Error {
    readonly status: number;
    readonly code: number;
    readonly detail: FeishuErrorDetail;
    readonly headers: Record<string, string>;
    constructor(refusal: {
        status: number;
        code: number;
        msg: string;
        detail?: FeishuErrorDetail;
        headers?: Record<string, string>;
    });
}
export declare const notExist: (message: string) => ApiError;
export declare const noPermission: (message: string) => ApiError;
export declare const paramError: (message: string) => ApiError;
/** What the gateway answers before the API proper sees the call: missing field, wrong type, number out of range. */
export declare const fieldViolation: (field: string, description: string, value?: string) => ApiError;
