/** The lists that a day begins with: its meetings, and the reservations of its rooms. */
import type { DayAsk, UnitLocation } from '../../activities/index.ts';
import { files } from '../common/activities.ts';
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
  return { user_id_type, listing, source, room_level_id, include_external_meetings, include_webinar };
}

export class DayLists {
  readonly #day: DayContext;

  constructor(day: DayContext) {
    this.#day = day;
  }

  /** The day's meetings, from the day's start to a day after its end: what starts in the day is kept, whatever a window means. */
  async meetings(): Promise<void> {
    const { input, state, units } = this.#day;
    const { include, include_external_meetings, include_webinar, user_id_type } = input;
    if (!include.some((table) => table !== 'reservations')) return;
    this.#say('listing the meetings');
    const { from, ask_until } = state.sums.window;
    const range = { start_time: String(from), end_time: String(ask_until), user_id_type };
    const exported = units.at('meeting_list', 'export');
    const listed = units.at('meeting_list', 'list');
    const [askExport, askList] = await this.#mustAsk([exported, listed]);
    const listQuery = { ...range, include_external_meetings, include_webinar };
    await Promise.all([
      askExport ? units.exportFile({ location: exported, request: range, required: true }) : null,
      askList && (include_external_meetings || include_webinar) ? units.fetchList(listed, listQuery, null) : null,
    ]);
    this.#say('asking about each meeting');
  }

  /** Windows of a day at most, half a day apart, so that a booking of up to 12 hours lies whole in one, whatever a window means. */
  async reservations(): Promise<void> {
    const { input, run, state, units } = this.#day;
    const { include, room_level_id } = input;
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
    await Promise.all([
      askRooms ? units.fetchList(rooms, { room_level_id }, null) : isThere(),
      ...locations.map((location, index) => {
        if (ask[index] === false) return isThere();
        const { from, to } = windows[index]!;
        const request = { room_level_id, need_topic: true, start_time: String(from), end_time: String(to) };
        return units.exportFile({ location, request });
      }),
    ]);
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
