/** As the worker that loads the workflows says, messages and stacks of their failures go into payloads. Named by the SDK. */
import { DefaultFailureConverter } from '@temporalio/common';
import { SEALED_FAILURES } from '../../model/sealed-failures.ts';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: SEALED_FAILURES in globalThis });
