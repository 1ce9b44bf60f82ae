/**
 * Passes a state on, one message after the other. Whatever changes while a message is under way, the last one says the
 * last state; what changed twice meanwhile is not said at all.
 */
export declare class Relay {
    #private;
    /** `said`: what the other side takes for granted until it hears something else. */
    constructor({ state, send, said }: {
        state: () => boolean;
        send(state: boolean): Promise<void>;
        said: boolean;
    });
    /** Resolves when the other side has been told the state as it is. A message that fails counts as told. */
    catchUp(): Promise<void>;
}
