import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Quality } from '../feishu/contract.ts';
import { TABLES } from '../tables/columns.ts';
import type { Row } from '../tables/columns.ts';
import { meetingKey, sessionKey } from '../tables/keys.ts';
import { qualityRows } from '../tables/quality-rows.ts';
import type { QualityRowsInput } from '../tables/quality-rows.ts';
import { sheetRecords } from '../tables/records.ts';
import type { SourceRecord } from '../tables/records.ts';
import { unixOfIso } from '../model/calendar.ts';

const START = unixOfIso('2022-12-23T03:16:00Z');
const identity = { meeting_no: '705605196', meeting_start_time: START, join_time: START + 5, user_id: 'ou_1' };

function rowsOf(sources: Omit<QualityRowsInput, 'identity'>, zone = 'America/New_York'): Row[] {
  return qualityRows({ identity, ...sources }, { zone }).rows;
}

/** Rows of an exported sheet with three of its columns by name, the others empty. */
async function exported(...cells: [time: string, bitrate: string, client: string][]): Promise<SourceRecord[]> {
  const header = TABLES.quality_minutes.columns.flatMap(({ source }) => source?.zh?.[0] ?? []);
  const rows = cells.map(([time, bitrate, client]) =>
    header.map((label) => ({ 时间: time, '音频-码率（接收）': bitrate, '客户端平均 CPU 占用': client })[label] ?? '-'),
  );
  const records: SourceRecord[] = [];
  const sheet = [header, ...rows].map((row, index) => ({ number: index + 1, cells: row }));
  for await (const record of sheetRecords('participant_quality_list', [{ hidden: false, rows: sheet }], { zone: 'UTC' })
    .records)
    records.push(record);
  return records;
}

const at = (minute: number): string => `2022.12.23 11:${minute}:00 (GMT+08:00)`;
const pick = (rows: Row[], ...columns: string[]): unknown[][] =>
  rows.map((row) => columns.map((column) => row[column]));

/** The documented example: the CPU group is a minute later and has no offset. */
const ELEMENT: Quality = {
  network: {
    time: at(16),
    network_delay: '100ms',
    bitrate_received: '8kbps',
    packet_loss_avg_received: '8%',
    packet_loss_max_received: '9%',
    bitrate_sent: '10kbps',
    packet_loss_avg_sent: '11%',
    packet_loss_max_sent: '12%',
  },
  audio: {
    time: at(16),
    mic_input_volume: '6dB',
    speaker_volume: '7dB',
    bitrate_received: '13kbps',
    latency_received: '14ms',
    jitter_received: '15ms',
    bitrate_sent: '16kbps',
    latency_sent: '17ms',
    jitter_sent: '18ms',
  },
  video: {
    time: at(16),
    bitrate_received: '19kbps',
    latency_received: '20ms',
    jitter_received: '21ms',
    maximum_resolution_received: '1080P',
    framerate_received: '100fps',
    bitrate_sent: '22kbps',
    latency_sent: '23ms',
    jitter_sent: '24ms',
    maximum_resolution_sent: '4K',
    framerate_sent: '25fps',
  },
  screen_sharing: { time: at(16), bitrate_received: '26kbps', maximum_resolution_sent: '720P', framerate_sent: '-' },
  cpu_usage: {
    time: '2022.12.23 11:17:00',
    client_avg_cpu_usage: '0.8%',
    client_max_cpu_usage: '1.8%',
    system_avg_cpu_usage: '2.8%',
    system_max_cpu_usage: '3.8%',
  },
};

describe('minutes of the list', () => {
  test('have every documented column', () => {
    const together = { ...ELEMENT, cpu_usage: { ...ELEMENT.cpu_usage, time: '2022.12.23 11:16:00' } };
    const rows = rowsOf({ list: [together] });
    expect(rows).toHaveLength(1);
    expect(Object.keys(rows[0] ?? {})).toStrictEqual(TABLES.quality_minutes.columns.map(({ name }) => name));
    const meeting = meetingKey('705605196', START);
    const filled = Object.entries(rows[0] ?? {}).filter(([, value]) => value !== null);
    expect(Object.fromEntries(filled)).toStrictEqual({
      row_key: expect.stringMatching(/^[0-9a-f]{32}$/),
      meeting_key: meeting,
      session_key: sessionKey(meeting, { user_id: 'ou_1' }, START + 5),
      ordinal: 1,
      meeting_no: '705605196',
      meeting_start_time: '2022-12-23T03:16:00Z',
      user_id: 'ou_1',
      join_time: '2022-12-23T03:16:05Z',
      time: '2022-12-23T03:16:00Z',
      network_delay_ms: 100,
      network_bitrate_kbps_received: 8,
      network_packet_loss_avg_pct_received: 8,
      network_packet_loss_max_pct_received: 9,
      network_bitrate_kbps_sent: 10,
      network_packet_loss_avg_pct_sent: 11,
      network_packet_loss_max_pct_sent: 12,
      audio_mic_input_volume_db: 6,
      audio_speaker_volume_db: 7,
      audio_bitrate_kbps_received: 13,
      audio_latency_ms_received: 14,
      audio_jitter_ms_received: 15,
      audio_bitrate_kbps_sent: 16,
      audio_latency_ms_sent: 17,
      audio_jitter_ms_sent: 18,
      video_bitrate_kbps_received: 19,
      video_latency_ms_received: 20,
      video_jitter_ms_received: 21,
      video_maximum_resolution_received: '1080P',
      video_framerate_fps_received: 100,
      video_bitrate_kbps_sent: 22,
      video_latency_ms_sent: 23,
      video_jitter_ms_sent: 24,
      video_maximum_resolution_sent: '4K',
      video_framerate_fps_sent: 25,
      screen_sharing_bitrate_kbps_received: 26,
      screen_sharing_maximum_resolution_sent: '720P',
      client_avg_cpu_usage_pct: 0.8,
      client_max_cpu_usage_pct: 1.8,
      system_avg_cpu_usage_pct: 2.8,
      system_max_cpu_usage_pct: 3.8,
      source: 'list',
    });
  });

  test('gather what lies within one minute, to the second or not', () => {
    const rows = rowsOf({
      list: [
        { audio: { time: '2022.12.23 11:16:59 (GMT+08:00)' }, video: { time: '2022.12.23 11:16:01 (GMT+08:00)' } },
        { audio: { time: '2022.12.23 11:17:00 (GMT+08:00)' } },
      ],
    });
    expect(pick(rows, 'time')).toStrictEqual([['2022-12-23T03:16:00Z'], ['2022-12-23T03:17:00Z']]);
  });

  test('put each group in the minute it names, and read a time without offset as its siblings', () => {
    const next = {
      audio: { time: at(17), bitrate_received: '99kbps' },
      cpu_usage: { time: '2022.12.23 11:18:00', client_avg_cpu_usage: '0.9%' },
    };
    const rows = rowsOf({ list: [ELEMENT, next] });
    expect(pick(rows, 'time', 'ordinal', 'audio_bitrate_kbps_received', 'client_avg_cpu_usage_pct')).toStrictEqual([
      ['2022-12-23T03:16:00Z', 1, 13, null],
      ['2022-12-23T03:17:00Z', 1, 99, 0.8],
      ['2022-12-23T03:18:00Z', 1, null, 0.9],
    ]);
  });

  test('read an element whose groups all lack an offset as the nearest that has one, else in the zone', () => {
    const lone = { cpu_usage: { time: '2022.12.23 11:20:00', client_avg_cpu_usage: '1%' } };
    expect(pick(rowsOf({ list: [ELEMENT, lone] }), 'time').at(-1)).toStrictEqual(['2022-12-23T03:20:00Z']);
    expect(pick(rowsOf({ list: [lone] }), 'time')).toStrictEqual([['2022-12-23T16:20:00Z']]);
  });

  test('number a minute that comes twice in its order', () => {
    const again = { audio: { time: at(16), bitrate_received: '99kbps' } };
    const rows = rowsOf({ list: [ELEMENT, again] });
    expect(pick(rows, 'time', 'ordinal', 'audio_bitrate_kbps_received')).toStrictEqual([
      ['2022-12-23T03:16:00Z', 1, 13],
      ['2022-12-23T03:16:00Z', 2, 99],
      ['2022-12-23T03:17:00Z', 1, null],
    ]);
    expect(new Set(rows.map((row) => row['row_key'])).size).toBe(3);
  });

  test('come in the order of time whatever the order of the answer', () => {
    const rows = rowsOf({ list: [19, 17, 18].map((minute) => ({ audio: { time: at(minute) } })) });
    expect(pick(rows, 'time')).toStrictEqual([
      ['2022-12-23T03:17:00Z'],
      ['2022-12-23T03:18:00Z'],
      ['2022-12-23T03:19:00Z'],
    ]);
  });

  test('take a group without a readable time into the minute of its element, and keep its text', () => {
    const rows = rowsOf({
      list: [{ network: { time: at(16), network_delay: '1ms' }, audio: { time: 'noon', bitrate_received: '2 cows' } }],
    });
    expect(pick(rows, 'time', 'network_delay_ms', 'unparsed')).toStrictEqual([
      ['2022-12-23T03:16:00Z', 1, '{"time":"noon","audio_bitrate_kbps_received":"2 cows"}'],
    ]);
  });

  test('without any readable time come last and are kept', () => {
    const rows = rowsOf({ list: [{ audio: { bitrate_received: '1kbps' } }, { audio: { time: at(16) } }, {}] });
    expect(pick(rows, 'time', 'audio_bitrate_kbps_received')).toStrictEqual([
      ['2022-12-23T03:16:00Z', null],
      [null, 1],
    ]);
  });

  test('that come twice are numbered by what they say, whatever order the answer has', () => {
    const elements: Quality[] = [
      { audio: { time: at(16), bitrate_received: '2kbps' }, network: { time: at(16), network_delay: '20ms' } },
      { audio: { time: at(16), bitrate_received: '1kbps' }, network: { time: at(16), network_delay: '10ms' } },
      { audio: { time: at(17), bitrate_received: '3kbps' }, cpu_usage: { time: '2022.12.23 11:18:00' } },
      { cpu_usage: { time: at(16), client_avg_cpu_usage: '5%' } },
      { cpu_usage: { time: at(16), client_avg_cpu_usage: '6%' } },
    ];
    const columns = ['time', 'ordinal', 'audio_bitrate_kbps_received', 'client_avg_cpu_usage_pct', 'row_key'];
    const inOrder = pick(rowsOf({ list: elements }), ...columns);
    expect(inOrder.map((row) => row.slice(0, 3))).toStrictEqual([
      ['2022-12-23T03:16:00Z', 1, 1],
      ['2022-12-23T03:16:00Z', 2, 2],
      ['2022-12-23T03:17:00Z', 1, 3],
      ['2022-12-23T03:18:00Z', 1, null],
    ]);
    fc.assert(
      fc.property(fc.shuffledSubarray(elements, { minLength: elements.length }), (list) => {
        expect(pick(rowsOf({ list }), ...columns)).toStrictEqual(inOrder);
      }),
    );
  });

  test('of a room carry its id', () => {
    const { user_id: _, ...session } = identity;
    const [row] = qualityRows({ identity: { ...session, room_id: 'omm_1' }, list: [ELEMENT] }, { zone: 'UTC' }).rows;
    expect(row).toMatchObject({
      user_id: null,
      room_id: 'omm_1',
      session_key: sessionKey(meetingKey('705605196', START), { room_id: 'omm_1' }, START + 5),
    });
  });
});

describe('minutes of both sources', () => {
  test('are one row each, with the source named', async () => {
    const rows = rowsOf({
      list: [{ audio: { time: at(16), bitrate_received: '1kbps' } }, { audio: { time: at(17) } }],
      exported: await exported([at(16), '1kbps', '5%'], [at(18), '3kbps', '-']),
    });
    expect(
      pick(rows, 'time', 'source', 'audio_bitrate_kbps_received', 'client_avg_cpu_usage_pct', 'conflicts'),
    ).toStrictEqual([
      ['2022-12-23T03:16:00Z', 'both', 1, 5, null],
      ['2022-12-23T03:17:00Z', 'list', null, null, null],
      ['2022-12-23T03:18:00Z', 'export', 3, null, null],
    ]);
  });

  test('that disagree keep the value of the list and name both', async () => {
    const rows = rowsOf({
      list: [{ audio: { time: at(16), bitrate_received: '1kbps' } }],
      exported: await exported([at(16), '2kbps', '-']),
    });
    expect(pick(rows, 'audio_bitrate_kbps_received', 'conflicts')).toStrictEqual([
      [1, '{"audio_bitrate_kbps_received":{"list":1,"export":2}}'],
    ]);
  });

  test('where one does not parse have the value of the other, and the text', async () => {
    const rows = rowsOf({
      list: [{ audio: { time: at(16), bitrate_received: '1Mbps' } }],
      exported: await exported([at(16), '1000kbps', '-']),
    });
    expect(pick(rows, 'audio_bitrate_kbps_received', 'conflicts', 'unparsed')).toStrictEqual([
      [1000, null, '{"audio_bitrate_kbps_received":"1Mbps"}'],
    ]);
  });

  test('that come twice go with those that they agree with', async () => {
    const rows = rowsOf({
      list: [1, 2].map((kbps) => ({ audio: { time: at(16), bitrate_received: `${kbps}kbps` } })),
      exported: await exported([at(16), '2kbps', '7%']),
    });
    expect(pick(rows, 'ordinal', 'source', 'client_avg_cpu_usage_pct', 'conflicts')).toStrictEqual([
      [1, 'list', null, null],
      [2, 'both', 7, null],
    ]);
  });

  test('that come twice on both sides are paired one to one', async () => {
    const rows = rowsOf({
      list: [1, 2].map((kbps) => ({ audio: { time: at(16), bitrate_received: `${kbps}kbps` } })),
      exported: await exported([at(16), '1kbps', '-'], [at(16), '2kbps', '-'], [at(16), '3kbps', '-']),
    });
    expect(pick(rows, 'ordinal', 'source', 'audio_bitrate_kbps_received', 'conflicts')).toStrictEqual([
      [1, 'both', 1, null],
      [2, 'both', 2, null],
      [3, 'export', 3, null],
    ]);
  });

  test('of the export alone say so', async () => {
    expect(pick(rowsOf({ exported: await exported([at(16), '-', '-']) }), 'source')).toStrictEqual([['export']]);
    expect(rowsOf({ list: [], exported: [] })).toStrictEqual([]);
  });
});
