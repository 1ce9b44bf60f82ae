/** What the sandbox's parts pass to each other: endpoints, calls, answers, refusals. */
import { CODES, ENDPOINTS } from '../feishu/contract.ts';
import type { FeishuErrorDetail } from '../feishu/contract.ts';

export type EndpointId = (typeof ENDPOINTS)[keyof typeof ENDPOINTS]['id'];
export const ENDPOINT_IDS: readonly EndpointId[] = Object.values(ENDPOINTS).map((endpoint) => endpoint.id);

/** Endpoints that hand out tokens, and take none. */
export const TOKEN_ENDPOINT_IDS = ['A1', 'A3', 'A4', 'A5', 'A7', 'A8', 'A10'] as const satisfies readonly EndpointId[];
export type TokenEndpointId = (typeof TOKEN_ENDPOINT_IDS)[number];
export type DataEndpointId = Exclude<EndpointId, TokenEndpointId>;

export function isTokenEndpoint(endpoint: EndpointId): endpoint is TokenEndpointId {
  return TOKEN_ENDPOINT_IDS.some((id) => id === endpoint);
}

/** Who calls: an app in the tenant, or a user. Tasks belong to the identity that created them. */
export interface Identity {
  kind: 'app' | 'user';
  /** App whose buckets the calls count in. */
  app: string;
  /** `app:cli_…` or `user:…`. */
  owner: string;
  scopes: readonly string[];
  /** Scopes of the app: a user cannot have others. */
  appScopes: readonly string[];
  /** The user behind a user token. */
  user?: SandboxUser;
  /** Whether the app's creator, or the user, holds the Meeting management right. */
  hasRight: boolean;
}

/** A person who can log in. */
export interface SandboxUser {
  open_id: string;
  name: string;
  /** The Meeting management right of Feishu Admin. */
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

export type Answer =
  | { kind: 'json'; status: number; json: Record<string, unknown>; headers?: Record<string, string> }
  | { kind: 'bytes'; status: number; bytes: Buffer; headers: Record<string, string> }
  | { kind: 'text'; status: number; text: string; contentType: string };

export const success = (data: Record<string, unknown>): Answer => ({
  kind: 'json',
  status: 200,
  json: { code: 0, msg: 'success', data },
});

/** A refusal as Feishu words it. Thrown by handlers, turned into the documented envelope by the server. */
export class ApiError extends Error {
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
  }) {
    super(refusal.msg);
    this.name = 'ApiError';
    this.status = refusal.status;
    this.code = refusal.code;
    this.detail = refusal.detail ?? {};
    this.headers = refusal.headers ?? {};
  }
}

export const notExist = (message: string): ApiError =>
  new ApiError({ status: 404, code: CODES.dataNotExist, msg: 'data not exist', detail: { message } });
export const noPermission = (message: string): ApiError =>
  new ApiError({ status: 403, code: CODES.noPermission, msg: 'no permission', detail: { message } });
export const paramError = (message: string): ApiError =>
  new ApiError({ status: 400, code: CODES.paramError, msg: 'param error', detail: { message } });

/** What the gateway answers before the API proper sees the call: missing field, wrong type, number out of range. */
export const fieldViolation = (field: string, description: string, value?: string): ApiError =>
  new ApiError({
    status: 400,
    code: CODES.fieldValidation,
    msg: 'field validation failed',
    detail: { field_violations: [{ field, description, ...(value === undefined ? {} : { value }) }] },
  });
