/** What a run does while it cannot even look at its profile. */
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { whyNoLook } from '../workflows/common/activities.ts';

const failed = (cause: Error) =>
  new ActivityFailure('activity failed', 'describeProfile', '1', RetryState.TIMEOUT, 'worker', cause);

describe('a look that fails', () => {
  test('is for another worker where this one does not know the profile', () => {
    const cause = ApplicationFailure.create({ type: 'ProfileNotHere', message: 'x' });
    expect(whyNoLook(failed(cause))).toBe('not here');
  });

  test('is made again where the store is away, and where it hangs', () => {
    const away = ApplicationFailure.create({ type: 'StoreUnavailable', message: 'x' });
    expect(whyNoLook(failed(away))).toBe('away');
    expect(whyNoLook(failed(new TimeoutFailure('x', undefined, TimeoutType.START_TO_CLOSE)))).toBe('away');
  });

  test('is the answer in any other case', () => {
    expect(whyNoLook(failed(ApplicationFailure.create({ type: 'InvalidInput', message: 'x' })))).toBeNull();
    expect(whyNoLook(new TypeError('x'))).toBeNull();
  });
});
