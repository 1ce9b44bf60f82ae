import type { FaultControl } from './faults.ts';
import type { Ledger } from './ledger.ts';
import type { SandboxOptions } from './options.ts';
import type { Tenant } from './tenant.ts';
export interface Sandbox {
    /** `http://127.0.0.1:12345`, without a slash at the end. */
    url: string;
    /** The truth behind the answers. */
    tenant: Tenant;
    /** What was asked so far. */
    ledger: Ledger;
    /** What goes wrong from now on. */
    faults: FaultControl;
    /** Cuts what is still running. */
    close(): Promise<void>;
}
/**
 * Starts a Feishu that runs here: A1, E1 to E6, L1 to L4, R1 and R2 over HTTP, on a tenant that follows from the seed,
 * and `/_sandbox/…` for other processes.
 *
 * Throws RangeError for options that make no sandbox, and the system's error when the port is taken.
 */
export declare function startSandbox(options?: SandboxOptions): Promise<Sandbox>;
