import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTenant } from '../sandbox/tenant.ts';
import type { Tenant, TenantInput } from '../sandbox/tenant.ts';
import type { TrueMeeting } from '../sandbox/index.ts';
import { addDays, zoneOf } from '../sandbox/zone.ts';

const SHAPE: TenantInput = {
  seed: 'test',
  timeZone: 'Asia/Shanghai',
  meetingsPerDay: 20,
  participantsPerMeeting: 5,
  minutesPerMeeting: 60,
  people: 200,
  rooms: 12,
  longMeetings: true,
  emptyDays: true,
  disagreementRate: 0,
  scenario: 'clean',
};
const tenantWith = (shape: Partial<TenantInput> = {}): Tenant => createTenant({ ...SHAPE, ...shape });

function dayOf(tenant: Tenant, day: string): TrueMeeting[] {
  const { from, to } = tenant.dayRange(day);
  return tenant.meetings(from, to);
}

/** Everything about a day, in one value to compare. */
function everything(tenant: Tenant, day: string): unknown {
  const { from, to } = tenant.dayRange(day);
  const meetings = dayOf(tenant, day);
  const participants = meetings.map((meeting) => tenant.participants(meeting));
  const quality = meetings.map((meeting, index) => participants[index]?.map((row) => tenant.quality(meeting, row)));
  return { meetings, participants, quality, reservations: tenant.reservations(from, to) };
}

const manyDays = Array.from({ length: 40 }, (_, index) => addDays('2026-10-01', index));

test('The same seed gives the same day, whatever was looked at before', () => {
  const one = tenantWith();
  const other = tenantWith();
  everything(other, '2026-09-30');
  expect(everything(one, '2026-11-03')).toEqual(everything(other, '2026-11-03'));
  expect(everything(tenantWith({ seed: 'another' }), '2026-11-03')).not.toEqual(everything(one, '2026-11-03'));
});

test('A day has exactly the meetings that were asked for, or none on some Sundays', () => {
  const tenant = tenantWith({ meetingsPerDay: 33 });
  const counts = manyDays.map((day) => dayOf(tenant, day).filter((row) => !row.is_external && !row.is_webinar).length);
  expect(new Set(counts)).toEqual(new Set([33, 0]));
  const empty = manyDays.filter((_, index) => counts[index] === 0);
  expect(empty.map((day) => new Date(`${day}T00:00:00Z`).getUTCDay())).toEqual(empty.map(() => 0));
  const busy = tenantWith({ emptyDays: false });
  expect(manyDays.every((day) => dayOf(busy, day).length > 0)).toBe(true);
});

test('A day has a series twice, a meeting over midnight, one at the first second and one that ends at midnight', () => {
  const tenant = tenantWith();
  const { from, to } = tenant.dayRange('2026-11-03');
  const meetings = dayOf(tenant, '2026-11-03');
  const numbers = meetings.map((meeting) => meeting.meeting_no);
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toHaveLength(1);
  expect(dayOf(tenant, '2026-11-04').filter((meeting) => numbers.includes(meeting.meeting_no)).length).toBeGreaterThan(
    1,
  );
  expect(meetings.some((meeting) => meeting.meeting_start_time < to && meeting.meeting_end_time > to)).toBe(true);
  expect(meetings.some((meeting) => meeting.meeting_start_time === from)).toBe(true);
  expect(meetings.some((meeting) => meeting.meeting_end_time === to)).toBe(true);
});

test('No two meetings of a day share number and minute, which is all that Feishu tells them apart by', () => {
  const tenant = tenantWith({ meetingsPerDay: 400, participantsPerMeeting: 1 });
  for (const day of manyDays.slice(0, 7)) {
    const keys = dayOf(tenant, day).map((row) => `${row.meeting_no} ${Math.floor(row.meeting_start_time / 60)}`);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

const longMeetings = (tenant: Tenant): number =>
  manyDays.flatMap((day) => dayOf(tenant, day)).filter((row) => row.meeting_duration_s > 86_400).length;

test('Every tenth day has a meeting of over 24 hours, unless it is switched off', () => {
  expect(longMeetings(tenantWith({ emptyDays: false }))).toBe(4);
  expect(longMeetings(tenantWith({ emptyDays: false, longMeetings: false }))).toBe(0);
});

test('Days bring every kind of attendee: rejoins, two devices in one second, rooms, guests, callers, externals', () => {
  const tenant = tenantWith();
  for (const day of ['2026-11-03', '2026-11-04', '2026-11-05']) {
    const rosters = dayOf(tenant, day).map((meeting) => tenant.participants(meeting));
    const rows = rosters.flat();
    const repeated = (same: (a: (typeof rows)[0], b: (typeof rows)[0]) => boolean): boolean =>
      rosters.some((roster) =>
        roster.some((a, i) =>
          roster.some((b, j) => i < j && a.user_ids && a.user_ids.open_id === b.user_ids?.open_id && same(a, b)),
        ),
      );
    expect(repeated((a, b) => a.join_time !== b.join_time)).toBe(true);
    expect(repeated((a, b) => a.join_time === b.join_time && a.device !== b.device)).toBe(true);
    expect(rows.some((row) => row.meeting_room_id && !row.user_ids)).toBe(true);
    expect(rows.some((row) => !row.meeting_room_id && !row.user_ids && row.device === 'web')).toBe(true);
    expect(rows.some((row) => row.device === 'pstn' && /\*{4}/.test(row.phone ?? ''))).toBe(true);
    expect(rows.some((row) => row.is_external && row.user_ids)).toBe(true);
  }
});

test('Counts and flags of a meeting follow from its participants', () => {
  const tenant = tenantWith();
  for (const meeting of manyDays.slice(0, 10).flatMap((day) => dayOf(tenant, day))) {
    const rows = tenant.participants(meeting);
    expect(meeting.number_of_devices).toBe(rows.length);
    expect(meeting.number_of_participants).toBeLessThanOrEqual(rows.length);
    expect(meeting.video).toBe(rows.some((row) => row.video));
    expect(meeting.telephone).toBe(rows.some((row) => row.device === 'pstn'));
    for (const row of rows) {
      expect(row.join_time).toBeGreaterThanOrEqual(meeting.meeting_start_time);
      expect(row.leave_time).toBeLessThanOrEqual(meeting.meeting_end_time);
      expect(row.time_in_meeting_s).toBe(row.leave_time - row.join_time);
      expect(row.time_in_meeting_s).toBeGreaterThan(0);
    }
  }
});

test('Webinars have panelists and viewers, who stay what they are, and count viewers apart', () => {
  const tenant = tenantWith();
  const webinars = manyDays.flatMap((day) => dayOf(tenant, day)).filter((meeting) => meeting.is_webinar);
  expect(webinars.length).toBeGreaterThan(5);
  let viewers = 0;
  for (const meeting of webinars) {
    const roles = new Map<string, string | null>();
    for (const row of tenant.participants(meeting)) {
      const id = row.user_ids?.open_id ?? row.meeting_room_id ?? `nobody ${roles.size}`;
      expect(row.webinar_user_role).toBe(roles.get(id) ?? row.webinar_user_role);
      roles.set(id, row.webinar_user_role);
    }
    const watching = [...roles.values()].filter((role) => role === '3').length;
    viewers += watching;
    expect(meeting.number_of_webinar_viewers).toBe(watching);
    expect(meeting.number_of_participants).toBe(roles.size - watching);
  }
  expect(viewers).toBeGreaterThan(0);
});

test('Minutes cover a presence without a gap, and attendees without an id have none', () => {
  const tenant = tenantWith();
  let known = 0;
  for (const meeting of dayOf(tenant, '2026-11-03')) {
    for (const row of tenant.participants(meeting)) {
      const times = tenant.quality(meeting, row).map((minute) => minute.time);
      const first = Math.floor(row.join_time / 60) * 60;
      const minutes = Math.ceil((row.leave_time - first) / 60);
      const presence = Array.from({ length: minutes }, (_, index) => first + index * 60);
      const isKnown = row.user_ids !== null || row.meeting_room_id !== null;
      // About one session in a hundred has no minutes at all.
      expect([isKnown ? presence : [], []]).toContainEqual(times);
      known += times.length;
    }
  }
  expect(known).toBeGreaterThan(500);
});

test('Two devices of one key have the same minutes: they are one session', () => {
  const tenant = tenantWith();
  const pairs = dayOf(tenant, '2026-11-03').flatMap((meeting) => {
    const rows = tenant.participants(meeting);
    return rows.flatMap((a, i) =>
      rows
        .slice(i + 1)
        .filter((b) => a.user_ids && a.user_ids.open_id === b.user_ids?.open_id && a.join_time === b.join_time)
        .map((b) => [tenant.quality(meeting, a), tenant.quality(meeting, b)]),
    );
  });
  expect(pairs.length).toBeGreaterThan(0);
  for (const [a, b] of pairs) expect(a).toEqual(b);
});

test('Reservations show every documented value, shared room names and nights', () => {
  const tenant = tenantWith();
  const rows = manyDays.slice(0, 10).flatMap((day) => {
    const { from, to } = tenant.dayRange(day);
    return tenant.reservations(from, to);
  });
  const values = (pick: (row: (typeof rows)[0]) => string | null): number =>
    new Set(rows.map(pick).filter((value) => value !== null)).size;
  expect(values((row) => row.reservation_status)).toBe(6);
  expect(values((row) => row.check_in_device)).toBe(5);
  expect(values((row) => row.room_check_in_status)).toBe(9);
  expect(values((row) => row.room_name)).toBeLessThan(values((row) => row.room_id));
  const { zone } = tenant;
  expect(rows.some((row) => zone.dayOf(row.event_start_time) !== zone.dayOf(row.event_end_time))).toBe(true);
});

test('A change takes rows away and alters others, and leaves other days alone', () => {
  const tenant = tenantWith();
  const before = dayOf(tenant, '2026-11-03');
  const next = everything(tenant, '2026-11-04');
  tenant.change('2026-11-03', 2);
  const after = dayOf(tenant, '2026-11-03');
  const known = new Map(before.map((row) => [row.meeting_instance_id, row]));
  expect(after).toHaveLength(before.length - 2);
  expect(after.some((row) => known.get(row.meeting_instance_id)?.meeting_topic !== row.meeting_topic)).toBe(true);
  expect(after.some((row) => row.revision > 0)).toBe(true);
  expect(everything(tenant, '2026-11-04')).toEqual(next);
});

test('A forgotten data set of a day is empty until it is remembered', () => {
  const tenant = tenantWith();
  const { from, to } = tenant.dayRange('2026-11-03');
  const before = everything(tenant, '2026-11-03');
  const [meeting] = tenant.meetings(from, to) as [TrueMeeting];
  for (const dataset of ['participants', 'quality', 'reservations', 'meetings'] as const) {
    tenant.forget(dataset, '2026-11-03');
  }
  expect([tenant.meetings(from, to), tenant.participants(meeting), tenant.reservations(from, to)]).toEqual([
    [],
    [],
    [],
  ]);
  for (const dataset of ['participants', 'quality', 'reservations', 'meetings'] as const) {
    tenant.remember(dataset, '2026-11-03');
  }
  expect(everything(tenant, '2026-11-03')).toEqual(before);
});

test('Days of any zone follow each other without gap and overlap, through changes of the clocks', () => {
  const zones = [
    'Asia/Shanghai',
    '+08:00',
    '-03:30',
    'America/New_York',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'UTC',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }), (name, unix) => {
      const zone = zoneOf(name);
      const day = zone.dayOf(unix);
      expect(zone.dayStart(day)).toBeLessThanOrEqual(unix);
      expect(zone.dayStart(addDays(day, 1))).toBeGreaterThan(unix);
      expect(zone.dayOf(zone.dayStart(day))).toBe(day);
      const [, text = '', sign, hours, minutes] = /^(.*) \(GMT([+-])(\d\d):(\d\d)\)$/.exec(zone.stamp(unix)) ?? [];
      const offset = `${sign}${hours}:${minutes}`;
      const iso = `${text.replaceAll('.', '-').replace(' ', 'T')}${offset}`;
      expect(Date.parse(iso) / 1000).toBe(unix);
    }),
    { numRuns: 300 },
  );
});

test('Thousands of meetings a day are drawn in a moment', () => {
  const tenant = tenantWith({ meetingsPerDay: 2000, participantsPerMeeting: 10 });
  const meetings = dayOf(tenant, '2026-11-03');
  expect(meetings.length).toBeGreaterThanOrEqual(2000);
  expect(meetings.reduce((sum, row) => sum + row.number_of_devices, 0)).toBeGreaterThan(15_000);
});
