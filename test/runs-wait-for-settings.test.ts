/** What a run does while it cannot look at its profile, and while the queue of calls does not serve it. */
import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure, TimeoutType } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { whyNoLook } from '../workflows/common/activities.ts';
import { untilServedMs } from '../workflows/common/api-calls.ts';

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

test('a queue that does not serve the app is asked again less and less often, each five minutes at last', () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 7, 1000].map((times) => untilServedMs(times) / 1000);
  expect(waits).toStrictEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
});
