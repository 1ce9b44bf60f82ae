/** One call from arrival to answer: ledger, faults, token, limit, scope, handler. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Auth } from './auth.ts';
import type { Clock } from './clock.ts';
import type { FaultRules } from './faults.ts';
import type { CallLedger } from './ledger.ts';
import type { Limiter } from './limiter.ts';
import type { World } from './world.ts';
export interface Gateway {
    world: World;
    auth: Auth;
    clock: Clock;
    ledger: CallLedger;
    limiter: Limiter;
    faults: FaultRules;
    /** Aborted when the sandbox closes: nothing waits any longer. */
    closing: AbortSignal;
}
export declare function serveCall(gateway: Gateway, request: IncomingMessage, response: ServerResponse): Promise<void>;
