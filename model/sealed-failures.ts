/** Name of a global that a worker sets before the workflows are loaded: their failures go into payloads, for a codec to seal. */
export const SEALED_FAILURES = '__feishuVcSealedFailures';
