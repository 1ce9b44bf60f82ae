/**
 * Where people sit and with what they call: offices with floors and public addresses, laptops, client versions. A pure
 * function of the seed and the person, so that a person is found at the same desk in every meeting.
 */
import { drawsFor } from './random.ts';
import type { Draws } from './random.ts';
import type { TrueParticipant } from './truth.ts';

export type Desk = Pick<
  TrueParticipant,
  | 'app_version'
  | 'public_ip'
  | 'internal_ip'
  | 'use_rtc_proxy'
  | 'location'
  | 'network_type'
  | 'protocol'
  | 'microphone'
  | 'speaker'
  | 'camera'
>;

interface Office {
  publicIp: string;
  /** First two parts of internal addresses; the third is the floor. */
  network: string;
  location: string;
  floors: number;
}

const OFFICES: [Office, ...Office[]] = [
  { publicIp: '203.0.113.10', network: '10.1', location: '中国大陆', floors: 4 },
  { publicIp: '203.0.113.20', network: '10.2', location: '中国大陆', floors: 4 },
  { publicIp: '203.0.113.30', network: '10.3', location: '中国香港', floors: 2 },
  { publicIp: '203.0.113.40', network: '10.4', location: 'Singapore', floors: 2 },
];

/** What the planted causes are about; the desks are the same without them. */
export const BUSY_UPLINK = OFFICES[0].publicIp;
/** The floor's access points carry nothing but 2.4 GHz. Feishu says `wifi`, not which. */
export const CROWDED_FLOOR = '10.2.3.';
export const PROXY_ADDRESS = '203.0.113.31';
export const OLD_VERSION = '5.9.4';
export const SLOW_LAPTOP_CAMERA = 'Aurora 13 HD Camera';

const VERSIONS = ['7.40.6', '7.41.3', '7.42.1', '7.42.1-alpha.38'];
const SPEAKERS = ['与系统一致', '扬声器 "Jabra", 2', null];
const LAPTOPS = [
  { microphone: '麦克风阵列 (Realtek(R) Audio)', camera: 'USB Camera' },
  { microphone: '与系统一致', camera: 'Integrated Camera' },
  { microphone: 'Aurora 13 麦克风', camera: SLOW_LAPTOP_CAMERA },
];
const MAC = { microphone: 'MacBook Pro Microphone', camera: 'FaceTime HD Camera' };
const UNKNOWN = { microphone: null, camera: null };
const PHONE: Desk = {
  app_version: null,
  public_ip: null,
  internal_ip: null,
  use_rtc_proxy: false,
  location: null,
  network_type: null,
  protocol: null,
  microphone: null,
  speaker: null,
  camera: null,
};

export interface DeskInput {
  seed: string;
  /** Stable for the person or room; of guests it changes from meeting to meeting. */
  who: string;
  device: string;
  /** What differs from one session of a person to the next. */
  draws: Draws;
}

export function deskOf({ seed, who, device, draws }: DeskInput): Desk {
  // Drawn for every device, so that the other draws of a session do not depend on it.
  const isAway = draws.chance(0.15);
  const isUnknown = draws.chance(0.05);
  const network = draws.fraction();
  if (device === 'pstn') return PHONE;
  const own = drawsFor(seed, 'desk', who);
  const office = own.pick([OFFICES[0], OFFICES[0], ...OFFICES]);
  const floor = own.int(1, office.floors);
  const host = own.int(10, 240);
  const isWired = own.chance(0.35);
  const isProxied = own.chance(0.3) && office.publicIp === '203.0.113.30';
  const isMobile = device === 'ios' || device === 'android';
  const equipment = {
    app_version: own.chance(0.07) ? OLD_VERSION : own.pick(VERSIONS),
    ...laptopOf(device, own, isUnknown),
    speaker: own.pick(SPEAKERS),
  };
  if (isAway && device !== 'rooms') {
    return {
      ...equipment,
      public_ip: `198.51.100.${own.int(1, 254)}`,
      internal_ip: `192.168.${own.int(0, 1)}.${host}`,
      use_rtc_proxy: false,
      location: isUnknown ? null : office.location,
      network_type: isMobile && network < 0.6 ? (network < 0.3 ? '4G' : '5G') : 'wifi',
      protocol: 'udp',
    };
  }
  return {
    ...equipment,
    public_ip: isProxied ? PROXY_ADDRESS : office.publicIp,
    internal_ip: isUnknown ? null : `${office.network}.${floor}.${host}`,
    use_rtc_proxy: isProxied,
    location: isUnknown ? null : office.location,
    network_type: network < 0.04 ? null : isWired && !isMobile ? 'LAN' : 'wifi',
    protocol: isProxied || network > 0.98 ? 'tcp' : 'udp',
  };
}

function laptopOf(device: string, own: Draws, isUnknown: boolean): Pick<Desk, 'microphone' | 'camera'> {
  // Drawn for every device: see above.
  const place = own.fraction();
  if (isUnknown) return UNKNOWN;
  if (device === 'mac') return MAC;
  if (device !== 'windows') return { microphone: '与系统一致', camera: null };
  return (place < 0.1 ? LAPTOPS[2] : place < 0.6 ? LAPTOPS[0] : LAPTOPS[1]) ?? UNKNOWN;
}
