/** `/_sandbox/…`: the ledger, the faults and the ground truth for other processes. JSON, no authentication, loopback only. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultControl } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { Tenant } from './tenant.ts';
export declare const CONTROL_PREFIX = "/_sandbox/";
export interface Controlled {
    tenant: Tenant;
    ledger: Ledger;
    faults: FaultControl;
}
export declare function serveControl(controlled: Controlled, request: IncomingMessage, response: ServerResponse): Promise<void>;
