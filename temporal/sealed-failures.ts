/** Puts message and stack of a failure into a payload, which a codec seals. Named by the SDK. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
