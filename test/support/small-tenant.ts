/** A tenant of a few meetings, and what Feishu would answer about it at a given moment: as the files and pages are. */
import exceljs from 'exceljs';
import type { ExportResource } from '../../feishu/contract.ts';
import { sourceColumns } from '../../tables/columns.ts';

/** Instants are unix seconds. `shown`: from when on Feishu lists the person; `listed`, `gone`: from and until when the meeting. */
export interface TenantPerson {
  name: string;
  /** `shared room`: the list gives it the id of a user too, `nameless`: somebody of the tenant whose id is not given. */
  kind: 'user' | 'room' | 'shared room' | 'guest' | 'nameless';
  join: number;
  leave: number;
  shown: number;
  /** From when on Feishu says that they left later, and when. */
  longer?: { from: number; leave: number };
}
export interface TenantMeeting {
  no: string;
  start: number;
  end: number;
  people: TenantPerson[];
  external?: true;
  listed?: number;
  gone?: number;
}
export interface TenantBooking {
  room: string;
  by: string;
  start: number;
  end: number;
}
export interface SmallTenant {
  meetings: TenantMeeting[];
  bookings: TenantBooking[];
}

export type IdKind = 'open_id' | 'user_id';
type Cells = Record<string, string | null>;

const EAST_S = 8 * 3600;

export function stamp(unix: number): string {
  const iso = new Date((unix + EAST_S) * 1000).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '.')} ${iso.slice(11, 19)} (GMT+08:00)`;
}

const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');

function clock(seconds: number): string {
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}

export function userIdOf({ name, kind }: TenantPerson, idKind: IdKind): string | null {
  if (kind !== 'user') return null;
  return idKind === 'open_id' ? `ou_${name}` : name;
}

export function roomIdOf({ name, kind }: TenantPerson): string | null {
  return kind === 'room' || kind === 'shared room' ? `omm_${name}` : null;
}

/** What Feishu says of somebody at that moment. */
export function saidAt(person: TenantPerson, at: number): TenantPerson {
  const { longer } = person;
  return longer && longer.from <= at ? { ...person, leave: longer.leave } : person;
}

/** People whom Feishu lists at that moment. */
export function shownAt({ people }: TenantMeeting, at: number): TenantPerson[] {
  return people.filter(({ shown }) => shown <= at).map((person) => saidAt(person, at));
}

/** The ended meetings (or those under way) that overlap the window. */
export function meetingsAt(
  tenant: SmallTenant,
  { from, to, at, status = 'ended' }: { from: number; to: number; at: number; status?: 'ended' | 'ongoing' },
): TenantMeeting[] {
  return tenant.meetings.filter(({ start, end, listed = -Infinity, gone = Infinity }) => {
    const isOfStatus = status === 'ended' ? end <= at : start <= at && end > at;
    return isOfStatus && start < to && end > from && listed <= at && at < gone;
  });
}

export function meetingCells(meeting: TenantMeeting, at: number): Cells {
  return {
    meeting_no: meeting.no,
    meeting_topic: `topic ${meeting.no}`,
    organizer: 'Somebody',
    meeting_start_time: stamp(meeting.start),
    meeting_end_time: stamp(meeting.end),
    meeting_duration_s: clock(meeting.end - meeting.start),
    number_of_participants: String(new Set(shownAt(meeting, at).map(({ name }) => name)).size),
  };
}

export function meetingItem(meeting: TenantMeeting, at: number): Record<string, unknown> {
  const cells = meetingCells(meeting, at);
  return {
    meeting_id: cells['meeting_no'],
    meeting_topic: cells['meeting_topic'],
    meeting_start_time: cells['meeting_start_time'],
    meeting_end_time: cells['meeting_end_time'],
    number_of_participants: cells['number_of_participants'],
    meeting_type: 2,
    meeting_instance_id: `instance-${meeting.no}-${meeting.start}`,
    is_external: meeting.external === true,
  };
}

export function personCells(person: TenantPerson): Cells {
  return {
    participant_name: person.name,
    user_id: userIdOf(person, 'user_id'),
    device: 'WINDOWS',
    join_time: stamp(person.join),
    leave_time: stamp(person.leave),
    time_in_meeting_s: clock(person.leave - person.join),
  };
}

/** Whose id shared rooms have. */
const SHARED = { name: 'ann', kind: 'user' } as const;

export function personItem(person: TenantPerson, idKind: IdKind): Record<string, unknown> {
  const user = person.kind === 'shared room' ? { ...person, ...SHARED } : person;
  const ids = { user_id: userIdOf(user, idKind), meeting_room_id: roomIdOf(person) };
  return {
    participant_name: person.name,
    ...Object.fromEntries(Object.entries(ids).filter(([, id]) => id !== null)),
    device: 'windows',
    is_external: person.kind === 'guest',
    join_time: stamp(person.join),
    leave_time: stamp(person.leave),
    time_in_meeting: clock(person.leave - person.join),
  };
}

/** Starts of the minutes that somebody was there, unix seconds. */
export function minutesOf({ join, leave }: TenantPerson): number[] {
  const minutes = [];
  for (let time = Math.floor(join / 60) * 60; time < leave; time += 60) minutes.push(time);
  return minutes;
}

export function minuteItem(time: number): Record<string, unknown> {
  return { network: { time: stamp(time), network_delay: '7ms' }, audio: { time: stamp(time), bitrate_sent: '30kbps' } };
}

export function minuteCells(time: number): Cells {
  return { time: stamp(time), audio_bitrate_kbps_sent: '30kbps' };
}

export function bookingCells({ room, by, start, end }: TenantBooking): Cells {
  return {
    room_name: room,
    event_title: 'booked',
    reserver: by,
    event_start_time: stamp(start),
    event_end_time: stamp(end),
  };
}

export function bookingItem(booking: TenantBooking): Record<string, unknown> {
  const cells = bookingCells(booking);
  const ids = { room_id: `omm_${booking.room}`, reserver_user_id: `ou_${booking.by}` };
  return { ...cells, ...ids, is_release_early: 'no' };
}

/**
 * A file as Feishu's exports are, with every documented header. `beside`: a second sheet, of another layout, or hidden and of
 * this one, with rows of its own.
 */
/** A cell that no column has stands under its own name. */
export async function sheet(
  resource: ExportResource,
  rows: readonly Cells[],
  { beside }: { beside?: 'another sheet' | 'hidden sheet' | undefined } = {},
): Promise<Uint8Array> {
  const columns = sourceColumns(resource).flatMap(({ name, source }) =>
    source.zh?.[0] === undefined ? [] : [{ name, header: source.zh[0] }],
  );
  const known = new Set(sourceColumns(resource).map(({ name }) => name));
  for (const name of Object.keys(rows[0] ?? {})) if (!known.has(name)) columns.push({ name, header: name });
  const workbook = new exceljs.Workbook();
  const page = workbook.addWorksheet('Sheet1');
  const header = columns.map((column) => column.header);
  page.addRow(header);
  for (const row of rows) page.addRow(columns.map(({ name }) => row[name] ?? ''));
  if (beside === 'hidden sheet') workbook.addWorksheet('Sheet2', { state: 'hidden' }).addRows([header, header]);
  if (beside === 'another sheet') workbook.addWorksheet('Sheet2').addRow(['of another layout']);
  return new Uint8Array(await workbook.xlsx.writeBuffer());
}
