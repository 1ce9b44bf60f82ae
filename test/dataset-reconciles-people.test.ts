/** People listed against the counts that meetings give of themselves, where an answer says less than the sandbox does. */
import { expect, test } from 'vitest';
import { kindOf, peopleOf, reconcile, type Attendee, type People } from '../dataset/reconcile.ts';
import type { Row } from '../tables/columns.ts';

const meeting = (key: string, count: number | null): Row => ({ meeting_key: key, number_of_participants: count });

interface Person {
  user?: string;
  room?: string;
  name?: string;
  from?: string;
  to?: string;
  kind?: Parameters<typeof kindOf>[0] | null;
}

const at = (clock: string | undefined) => (clock === undefined ? null : `2026-10-01T${clock}:00Z`);

function attendee({ user, room, name = 'Somebody', from, to, kind = { is_external: false } }: Person): Attendee {
  const row = {
    user_id: user ?? null,
    meeting_room_id: room ?? null,
    participant_name: name,
    join_time: at(from),
    leave_time: at(to),
  };
  return { row, kind: kind && kindOf(kind) };
}

function day(meetings: Row[], lists: Record<string, Person[]>, viewersCounted: number | null = null) {
  const listed = meetings.flatMap((row): [Row, People][] => {
    const people = lists[String(row['meeting_key'])];
    return people ? [[row, peopleOf(people.map((person) => attendee(person)))]] : [];
  });
  return reconcile({ meetings, lists: new Map(listed), viewersCounted });
}

test('Devices beside each other and rejoins after each other are told apart, and leave the person one', () => {
  const people = [
    { user: 'ou_1', from: '09:00', to: '10:00' },
    { user: 'ou_1', from: '09:30', to: '09:40' },
    { user: 'ou_1', from: '10:00', to: '10:30' },
    { user: 'ou_2', from: '09:00', to: '10:00' },
    { user: 'ou_2' },
  ];
  expect(day([meeting('a', 2)], { a: people })).toMatchObject({
    distinct_participants_listed: 2,
    participant_sessions_listed: 5,
    sessions_of_other_devices: 1,
    sessions_of_rejoins: 1,
    meetings_with_another_count: 0,
    meetings_with_unexplained_count: 0,
  });
});

test('Rooms, external guests, viewers and people without an id explain a difference; nothing else does', () => {
  const people = [
    { user: 'ou_1' },
    { user: 'ou_2', kind: { is_external: true } },
    { user: 'ou_3', kind: { is_external: false, webinar_user_role: '3' } },
    { user: 'ou_4', kind: { is_external: false, webinar_user_role: '0' } },
    { room: 'omm_1' },
    { name: 'Guest', kind: { is_external: true } },
    { name: 'Guest', kind: { is_external: true } },
  ];
  const counts = [1, 2, 6, 7, 8];
  const meetings = counts.map((count) => meeting(String(count), count));
  const lists = Object.fromEntries(counts.map((count) => [String(count), people]));
  const whole = day(meetings, lists, 5);
  expect(whole).toMatchObject({
    participants_counted_by_meetings: 24,
    distinct_participants_listed: 30,
    sessions_without_id: 10,
    sessions_of_rooms: 5,
    distinct_rooms_listed: 5,
    distinct_external_guests_listed: 10,
    distinct_webinar_viewers_listed: 5,
    webinar_viewers_counted_by_meetings: 5,
    meetings_with_another_count: 4,
    meetings_with_unexplained_count: 2,
  });
});

test('What a source does not say is null, not nought', () => {
  const sheet = { user: 'ou_1', kind: null };
  const listed = { user: 'ou_2' };
  const unsaid = { webinar_viewers_counted_by_meetings: null };
  expect(day([meeting('a', 2)], { a: [sheet] })).toMatchObject({
    ...unsaid,
    sessions_of_rooms: null,
    distinct_rooms_listed: null,
    distinct_external_guests_listed: null,
    distinct_webinar_viewers_listed: null,
    meetings_with_another_count: 1,
    meetings_with_unexplained_count: null,
  });
  const mixed = day([meeting('a', 1), meeting('b', 1)], { a: [sheet], b: [listed] });
  expect(mixed).toMatchObject({ distinct_rooms_listed: null, distinct_external_guests_listed: null });
  expect(day([meeting('a', 1)], { a: [{ user: 'ou_1', kind: {} }] })).toMatchObject({
    distinct_rooms_listed: 0,
    distinct_external_guests_listed: null,
    distinct_webinar_viewers_listed: 0,
    meetings_with_unexplained_count: null,
  });
});

test('A meeting without a list is no meeting of nobody, and one without a count differs from nothing', () => {
  expect(day([meeting('a', 9), meeting('b', null), meeting('c', 1)], { b: [{ user: 'ou_1' }], c: [] })).toMatchObject({
    participants_counted_by_meetings: 10,
    meetings_without_a_list: 1,
    meetings_with_another_count: 1,
    meetings_with_unexplained_count: 1,
  });
});
