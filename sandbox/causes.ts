/**
 * Causes of bad calls that the scenario `planted` puts on a quiet tenant, each of a kind that a report has to find: one
 * office's uplink at ten, a crowded floor, TCP behind a proxy, an old client, a laptop at its limit, one bad day, and a
 * room that nobody comes to.
 */
import { BUSY_UPLINK, CROWDED_FLOOR, OLD_VERSION, PROXY_ADDRESS, SLOW_LAPTOP_CAMERA } from './desks.ts';
import type { TrueParticipant } from './truth.ts';
import type { Zone } from './zone.ts';

/** `planted` adds the causes; `clean` (the default) is a tenant in which nothing is wrong. */
export const SCENARIOS = ['clean', 'planted'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export interface Troubles {
  uplink: boolean;
  wifi: boolean;
  proxy: boolean;
  oldClient: boolean;
  slowLaptop: boolean;
  badDay: boolean;
}

const BAD_DAY_OF_MONTH = '17';
const BUSY_HOUR = '10';

const isOn = (participant: TrueParticipant, address: string): boolean => participant.public_ip === address;

export function troublesOf(participant: TrueParticipant, time: number, zone: Zone): Troubles {
  const local = zone.stampWithoutOffset(time);
  return {
    uplink: isOn(participant, BUSY_UPLINK) && local.slice(11, 13) === BUSY_HOUR,
    wifi: participant.network_type === 'wifi' && (participant.internal_ip ?? '').startsWith(CROWDED_FLOOR),
    proxy: isOn(participant, PROXY_ADDRESS) && participant.protocol === 'tcp',
    oldClient: participant.app_version === OLD_VERSION,
    slowLaptop: participant.camera === SLOW_LAPTOP_CAMERA,
    badDay: local.slice(8, 10) === BAD_DAY_OF_MONTH,
  };
}

/** Place in the directory of the room that is booked all day and stays empty. */
const EMPTY_ROOM = 2;

export const isEmptyRoom = (scenario: Scenario, roomIndex: number): boolean =>
  scenario === 'planted' && roomIndex === EMPTY_ROOM;
