/** The lists that a day begins with: its meetings, and the reservations of its rooms. */
import type { DayAsk, DayWindow, UnitLocation } from '../../activities/index.ts';
import { DAY_S } from '../../model/calendar.ts';
import { files, look } from '../common/activities.ts';
import type { Run } from '../common/run.ts';
import type { ExportDayInput } from '../input.ts';
import type { DayState } from './state.ts';
import type { DayUnits } from './units.ts';

/** What the parts of a day's export work on. */
export interface DayContext {
  input: ExportDayInput;
  run: Run;
  state: DayState;
  units: DayUnits;
  /** What was fetched since then (unix ms) is not asked for again. */
  fetchedSince: number;
}

/** How a day is asked for: answers to anything else do not count. */
export function askOf(input: ExportDayInput): DayAsk {
  const { user_id_type, listing, source, room_level_id = null, include_external_meetings, include_webinar } = input;
  const { enrich } = input;
  return { user_id_type, listing, source, room_level_id, include_external_meetings, include_webinar, enrich };
}

/** Of a window that Feishu takes. */
const LONGEST_S = 365 * DAY_S;

function meetingRange({ user_id_type }: ExportDayInput, { from, ask_until }: Pick<DayWindow, 'from' | 'ask_until'>) {
  return { start_time: String(from), end_time: String(ask_until), user_id_type };
}

/** Where the answers go; null: not to be asked. */
interface UnderWay {
  file: UnitLocation | null;
  list: UnitLocation | null;
  flags: Pick<ExportDayInput, 'include_external_meetings' | 'include_webinar'>;
}

export class DayLists {
  readonly #day: DayContext;

  constructor(day: DayContext) {
    this.#day = day;
  }

  /** The day's meetings, from the day's start to a day after its end: what starts in the day is kept, whatever a window means. */
  async meetings(): Promise<void> {
    const { input, state, units } = this.#day;
    const { include, include_external_meetings, include_webinar, enrich } = input;
    if (!include.some((table) => table !== 'reservations')) return;
    this.#say('listing the meetings');
    const exported = units.at('meeting_list', 'export');
    const listed = units.at('meeting_list', 'list');
    const file = units.at('meeting_list', 'ongoing');
    const list = units.at('meeting_list', 'ongoing-list');
    const [askExport, lacksList, lookInFile, lookInList] = await this.#mustAsk([exported, listed, file, list]);
    const askList = lacksList && enrich.includes('meetings');
    const flags = { include_external_meetings, include_webinar };
    await this.#underWay({
      file: askExport && lookInFile ? file : null,
      list: askList && lookInList ? list : null,
      flags,
    });
    const range = meetingRange(input, state.sums.window);
    await Promise.all([
      askExport ? units.exportFile({ location: exported, request: range, required: true }) : null,
      askList ? units.fetchList(listed, { ...range, ...flags }, null) : null,
    ]);
    this.#say('asking about each meeting');
  }

  /**
   * A meeting of the day may still be under way, and be in no list of ended ones. Those under way are asked for first, and
   * the others up to a moment after that: where there is none, they have all.
   */
  async #underWay({ file, list, flags }: UnderWay): Promise<void> {
    if (file === null && list === null) return;
    const { input, state, units } = this.#day;
    const { from, asked_at } = state.sums.window;
    // Whatever a window means, one that ends later than they can has them.
    const ask_until = Math.min(asked_at + DAY_S, from + LONGEST_S);
    const request = { ...meetingRange(input, { from, ask_until }), meeting_status: 1 };
    await Promise.all([
      file && units.exportFile({ location: file, request }),
      list && units.fetchList(list, { ...request, ...flags }, null),
    ]);
    state.sums.window = await look.describeDay({ profile: input.profile, day: input.day });
  }

  /** Windows of a day at most, half a day apart, so that a booking of up to 12 hours lies whole in one, whatever a window means. */
  async reservations(): Promise<void> {
    const { input, run, state, units } = this.#day;
    const { include, room_level_id, enrich } = input;
    if (!include.includes('reservations') || room_level_id === undefined) return;
    const windows = state.sums.window.reservation_windows;
    const rooms = units.at('rooms', 'rooms');
    const locations = windows.map((_, index) => units.at('resource_reservation_list', `window-${index + 1}`));
    const [askRooms, ...ask] = await this.#mustAsk([rooms, ...locations]);
    state.expect(1 + windows.length);
    const isThere = () => {
      state.count({ done: 1 });
      run.show();
    };
    const listRooms = async () => {
      if (askRooms) await units.fetchList(rooms, { room_level_id }, null);
      else isThere();
      if (enrich.includes('reservations')) await this.#listedReservations();
    };
    await Promise.all([
      listRooms(),
      ...locations.map((location, index) => {
        if (ask[index] === false) return isThere();
        const { from, to } = windows[index]!;
        const request = { room_level_id, need_topic: true, start_time: String(from), end_time: String(to) };
        return units.exportFile({ location, request });
      }),
    ]);
  }

  async #listedReservations(): Promise<void> {
    const { input, run, state, units, fetchedSince: fetched_since } = this.#day;
    const { profile, refresh } = input;
    const asked = { profile, location: units.location, window: state.sums.window, day: askOf(input) };
    const { total, ask } = await files.pendingReservationLists.executeWithOptions(
      { summary: 'which reservations to list' },
      [{ ...asked, refresh, fetched_since }],
    );
    state.expect(total);
    state.count({ done: total - ask.length });
    run.show();
    await Promise.all(
      ask.map(({ unit, request }) => units.fetchList(units.at('resource_reservation_list', unit), request, null)),
    );
  }

  async #mustAsk(locations: UnitLocation[]): Promise<boolean[]> {
    const { input, state, fetchedSince: fetched_since } = this.#day;
    const { window } = state.sums;
    const { ask } = await files.pendingUnits.executeWithOptions({ summary: 'what is there already' }, [
      { locations, window, day: askOf(input), refresh: input.refresh, fetched_since },
    ]);
    return ask;
  }

  #say(doing: string): void {
    this.#day.state.says(doing);
    this.#day.run.show();
  }
}
