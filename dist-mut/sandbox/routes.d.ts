import type { Answer, Call, EndpointId } from './api.ts';
import type { FaultRule } from './faults.ts';
import type { World } from './world.ts';
type Handler = (world: World, call: Call, fault: FaultRule | undefined) => Answer | Promise<Answer>;
export interface Route {
    endpoint: EndpointId;
    /** Value of the template's variable part. */
    pathValue: string | undefined;
}
/** `exports/download` is a fixed route, so it wins over `exports/:task_id`. */
export declare function matchRoute(method: string, path: string): Route | undefined;
/** Every endpoint but A1, which needs no caller. */
export declare const HANDLERS: Record<Exclude<EndpointId, 'A1'>, Handler>;
export {};
