/** Of what the inputs of calls mean. A worker that knows an older one leaves the call to others. */
export const CALL_VERSION = 1;
//# sourceMappingURL=call-version.js.map