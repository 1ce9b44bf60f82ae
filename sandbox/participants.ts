/** The device-sessions of one meeting. A pure function of the seed and the meeting. */
import { deskOf } from './desks.ts';
import { maskedPhone } from './directory.ts';
import type { Person } from './directory.ts';
import type { MeetingPlan, TenantBase } from './tenant-shape.ts';
import { digitsOf, drawsFor } from './random.ts';
import type { Draws } from './random.ts';
import type { TrueMeeting, TrueParticipant } from './truth.ts';

/** Who stands behind a row, before the row's times are drawn. */
type Attendee = Pick<
  TrueParticipant,
  | 'participant_name'
  | 'department'
  | 'user_ids'
  | 'meeting_room_id'
  | 'employee_id'
  | 'phone'
  | 'email'
  | 'device'
  | 'is_external'
>;

const DEVICES = ['windows', 'windows', 'mac', 'android', 'ios', 'web'];
const LEAVE_REASONS = ['主持人结束会议', '主动离开会议', '网络异常断开', '被移出会议', 'Left the meeting'];

export function participantsOf(base: TenantBase, meeting: MeetingPlan): TrueParticipant[] {
  const draws = drawsFor(base.shape.seed, 'participants', meeting.meeting_instance_id);
  // The second occurrence of the first series has every kind of attendee on every day.
  const isShowcase = draws.chance(0.05) || isAfternoonSeries(base, meeting);
  const rows = attendeesOf(base, meeting, draws, isShowcase).flatMap((attendee, index) =>
    sessionsOf({ seed: base.shape.seed, meeting, attendee, index, draws, isShowcase }),
  );
  // Rejoins follow the others, as a list ordered by join time has them.
  rows.sort((a, b) => a.join_time - b.join_time);
  return meeting.revision > 0 ? changed(rows, meeting.revision) : rows;
}

export type Headcount = Pick<TrueMeeting, 'number_of_participants' | 'number_of_webinar_viewers'>;

const isViewer = (row: TrueParticipant): boolean => row.webinar_user_role === '3';

/** Viewers of a webinar are counted apart from those who take part in it. */
export function headcount({ is_webinar }: Pick<TrueMeeting, 'is_webinar'>, rows: TrueParticipant[]): Headcount {
  return {
    number_of_participants: attendeesIn(rows.filter((row) => !isViewer(row))),
    number_of_webinar_viewers: is_webinar ? attendeesIn(rows.filter(isViewer)) : null,
  };
}

/** A person or room once, however many devices and rejoins; each guest and caller once, who have one row each. */
function attendeesIn(rows: TrueParticipant[]): number {
  const ids = rows.map((row) => row.user_ids?.open_id ?? row.meeting_room_id);
  return new Set(ids.filter((id) => id !== null)).size + ids.filter((id) => id === null).length;
}

function isAfternoonSeries({ shape, zone }: TenantBase, meeting: MeetingPlan): boolean {
  if (meeting.meeting_no !== digitsOf(9, shape.seed, 'number', 'series', 0)) return false;
  const { meeting_start_time: start } = meeting;
  return start - zone.dayStart(zone.dayOf(start)) >= 12 * 3600;
}

function attendeesOf(base: TenantBase, meeting: MeetingPlan, draws: Draws, isShowcase: boolean): Attendee[] {
  const { directory, shape } = base;
  const mean = shape.participantsPerMeeting;
  const wanted = Math.max(1, draws.int(Math.ceil(mean / 2), Math.floor(mean * 1.5)));
  const attendees: Attendee[] = [];
  const taken = new Set<string>();
  const addPerson = (person: Person): void => {
    if (taken.has(person.ids.open_id)) return;
    taken.add(person.ids.open_id);
    attendees.push(personAttendee(person, draws));
  };
  const organizer = directory.people.find((person) => person.ids === meeting.user_ids);
  if (organizer) addPerson(organizer);
  const attempts = wanted * 4;
  for (let i = 0; i < attempts && attendees.length < wanted; i++) {
    const kind = draws.fraction();
    if (kind < 0.06 && directory.rooms.length > 0) {
      const room = draws.pick(directory.rooms);
      if (!taken.has(room.room_id)) attendees.push(roomAttendee(room.room_id, room.name));
      taken.add(room.room_id);
    } else if (kind < 0.1) attendees.push(guest(attendees.length));
    else if (kind < 0.13) attendees.push(caller(meeting, attendees.length));
    else if (kind < 0.18) addPerson(draws.pick(directory.externals));
    else addPerson(draws.pick(directory.people));
  }
  if (!isShowcase || mean < 3) return attendees;
  const room = directory.rooms[0];
  if (room && !taken.has(room.room_id)) attendees.push(roomAttendee(room.room_id, room.name));
  addPerson(draws.pick(directory.externals));
  attendees.push(guest(attendees.length), caller(meeting, attendees.length + 1));
  return attendees;
}

const personAttendee = (person: Person, draws: Draws): Attendee => ({
  participant_name: person.name,
  department: person.department,
  user_ids: person.ids,
  meeting_room_id: null,
  employee_id: person.employee_id,
  phone: person.mobile,
  email: person.email,
  device: draws.pick(DEVICES),
  is_external: person.is_external,
});

const NOBODY = { department: null, user_ids: null, meeting_room_id: null, employee_id: null, email: null, phone: null };

const roomAttendee = (roomId: string, name: string): Attendee => ({
  ...NOBODY,
  participant_name: name,
  meeting_room_id: roomId,
  device: 'rooms',
  is_external: false,
});

const guest = (index: number): Attendee => ({
  ...NOBODY,
  // Two guests in three carry the same name: a name alone is no key.
  participant_name: index % 3 === 0 ? `访客 ${index}` : '访客',
  device: 'web',
  is_external: true,
});

function caller(meeting: MeetingPlan, index: number): Attendee {
  const phone = maskedPhone(meeting.meeting_instance_id, index);
  return { ...NOBODY, participant_name: phone, phone, device: 'pstn', is_external: true };
}

interface SessionInput {
  seed: string;
  meeting: MeetingPlan;
  attendee: Attendee;
  index: number;
  draws: Draws;
  isShowcase: boolean;
}

/** One row, two for a rejoin or a second device. In a showcase the first attendee rejoins, the second has two devices. */
function sessionsOf({ seed, meeting, attendee, index, draws, isShowcase }: SessionInput): TrueParticipant[] {
  const { meeting_start_time: start, meeting_duration_s: durationS, meeting_end_time: end } = meeting;
  const join = start + draws.int(0, Math.floor(durationS / 5));
  const leave = draws.chance(0.7) ? end : end - draws.int(0, Math.floor(durationS / 5));
  const whole = session({ seed, meeting, attendee, draws, join, leave });
  const again = (times: SessionTimes): TrueParticipant => ({
    ...session(times),
    webinar_user_role: whole.webinar_user_role,
  });
  if (!attendee.user_ids) return [whole];
  if ((isShowcase && index === 0) || draws.chance(0.08)) {
    const middle = join + Math.floor((leave - join) / 2);
    const away = Math.min(75, Math.floor((leave - middle) / 3));
    return [
      {
        ...whole,
        leave_time: middle,
        time_in_meeting_s: middle - join,
        leave_reason: '网络异常断开',
      },
      again({ seed, meeting, attendee, draws, join: middle + Math.max(1, away), leave }),
    ];
  }
  if ((isShowcase && index === 1) || draws.chance(0.04)) {
    const device = attendee.device === 'ios' ? 'android' : 'ios';
    return [whole, again({ seed, meeting, attendee: { ...attendee, device }, draws, join, leave })];
  }
  return [whole];
}

interface SessionTimes {
  seed: string;
  meeting: MeetingPlan;
  attendee: Attendee;
  draws: Draws;
  join: number;
  leave: number;
}

function session({ seed, meeting, attendee, draws, join, leave }: SessionTimes): TrueParticipant {
  const isPhone = attendee.device === 'pstn';
  return {
    ...attendee,
    ...deskOf({
      seed,
      who: attendee.user_ids?.open_id ?? attendee.meeting_room_id ?? draws.int(0, 1e6).toString(),
      device: attendee.device,
      draws,
    }),
    audio: isPhone || draws.chance(0.9),
    video: !isPhone && draws.chance(0.5),
    sharing: !isPhone && draws.chance(0.2),
    join_time: join,
    leave_time: leave,
    time_in_meeting_s: leave - join,
    leave_reason: leave === meeting.meeting_end_time ? '主持人结束会议' : draws.pick(LEAVE_REASONS),
    accept_status: draws.int(1, 4),
    webinar_user_role: meeting.is_webinar ? draws.pick(['0', '3']) : null,
  };
}

/** What a later look at the same meeting shows: another leave reason, and the last row gone where there are several. */
function changed(rows: TrueParticipant[], revision: number): TrueParticipant[] {
  const kept = rows.length > 1 ? rows.slice(0, -1) : rows;
  return kept.map((row, index) => (index === 0 ? { ...row, leave_reason: `${row.leave_reason} (${revision})` } : row));
}
