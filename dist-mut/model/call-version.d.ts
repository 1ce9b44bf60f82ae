/** Of what the inputs of calls mean. A worker that knows an older one leaves the call to others. */
export declare const CALL_VERSION = 1;
