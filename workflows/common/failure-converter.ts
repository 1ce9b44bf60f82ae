/** As the worker that loads the workflows says, messages and stacks of their failures go into payloads. Named by the SDK. */
import { DefaultFailureConverter } from '@temporalio/common';
import { WORKFLOW_FLAGS } from '../../model/workflow-flags.ts';

export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: WORKFLOW_FLAGS.sealsFailures in globalThis,
});
