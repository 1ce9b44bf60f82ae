import { type EndpointName } from '../../feishu/contract.ts';
import type { CallOptions } from '../../feishu/index.ts';
import type { CallDeps, Profile } from '../deps.ts';
export interface Called<T> {
    value: T;
    /** Calls made for it, earlier attempts included. */
    calls: number;
}
export declare function profileNamed(deps: Pick<CallDeps, 'profile' | 'profileNames'>, name: string): Profile;
export declare function bucketOf(profile: Profile, endpoint: EndpointName): string;
export interface CallInput<T> {
    profile: Profile;
    endpoint: EndpointName;
    /** True for a create: that it was let go is on record before it is sent, so that a lost answer is known as such. */
    recordGrant?: boolean;
    /** True where the answer, or the file that it leads to, is kept: not called while the store takes nothing. */
    toStore?: boolean;
    /** `calls`: made for it so far, this one included. */
    run(call: CallOptions, calls: number): Promise<T>;
}
/** @throws ApplicationFailure, or a cancellation while it waits for its turn */
export declare function call<T>(deps: CallDeps, input: CallInput<T>): Promise<Called<T>>;
