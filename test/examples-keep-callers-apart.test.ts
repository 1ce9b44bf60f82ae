import { HandlerError } from 'nexus-rpc';
import { expect, test } from 'vitest';
import { runId } from '../examples/nexus/run-id.ts';

const OFFERED = new Set(['default', 'hq']);
const DAY: { profile?: string; day: string; include: string[] } = { day: '2026-10-14', include: ['meetings'] };
const idOf = (input: object): string => runId('day', input, OFFERED);

test('the same work of two callers of the Nexus service is one run, however it is written', () => {
  expect(idOf({ include: ['meetings'], day: '2026-10-14', profile: 'default' })).toBe(idOf(DAY));
});

test.each([
  ['another profile', { ...DAY, profile: 'hq' }],
  ['other tables', { ...DAY, include: ['meetings', 'participants'] }],
  ['another kind of id', { ...DAY, user_id_type: 'union_id' }],
  ['another day', { ...DAY, day: '2026-10-15' }],
])('who asks the Nexus service for %s gets no answer of another caller', (_what, input) => {
  expect(idOf(input)).not.toBe(idOf(DAY));
  expect(runId('quality', DAY, OFFERED)).not.toBe(idOf(DAY));
});

test('a profile that is not offered is refused', () => {
  expect(() => idOf({ ...DAY, profile: 'secret-subsidiary' })).toThrow(HandlerError);
});
