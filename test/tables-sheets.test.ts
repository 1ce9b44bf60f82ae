import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { EXPORT_RESOURCES } from '../feishu/contract.ts';
import type { ExportResource } from '../feishu/contract.ts';
import { HeaderError } from '../tables/header.ts';
import { countRecords, sheetRecords } from '../tables/records.ts';
import type { SheetReport, SourceRecord } from '../tables/records.ts';

type Cells = (string | null)[];

/** The documented layouts, written out: header in Chinese, in English, a cell, what the table holds. */
const LAYOUTS: Record<ExportResource, [zh: string, en: string, cell: string, column: string, value: unknown][]> = {
  meeting_list: [
    ['会议ID', 'meeting id', '123456789', 'meeting_no', '123456789'],
    ['会议主题', 'meeting topic', ' 周会 - 🚀 ', 'meeting_topic', ' 周会 - 🚀 '],
    ['会议组织者', 'meeting organizer', '张三', 'organizer', '张三'],
    ['部门', 'department', '产品部', 'department', '产品部'],
    ['用户ID', 'user id', '1a2b3c4d', 'user_id', '1a2b3c4d'],
    ['工号', 'job number', '0012345670000', 'employee_id', '0012345670000'],
    ['邮箱', 'email', 'a@b.cn', 'email', 'a@b.cn'],
    ['手机', 'phone number', '+86123****8910', 'mobile', '+86123****8910'],
    [
      '会议开始时间',
      'meeting start time',
      '2022.07.21 11:01:40 (GMT+08:00)',
      'meeting_start_time',
      '2022-07-21T03:01:40Z',
    ],
    ['会议结束时间', 'meeting end time', '2022.07.21 12:01:40 (GMT+08:00)', 'meeting_end_time', '2022-07-21T04:01:40Z'],
    ['会议持续时间', 'meeting duration', '01:00:00', 'meeting_duration_s', 3600],
    ['参会人数量', 'Number of participants', '2', 'number_of_participants', 2],
    ['音频', 'audio', '是', 'audio', true],
    ['视频', 'video', '否', 'video', false],
    ['共享', 'share', 'yes', 'sharing', true],
    ['录制', 'recording', 'no', 'recording', false],
    ['电话', 'phone', '-', 'telephone', null],
  ],
  participant_list: [
    ['参会人', 'participant', '-', 'participant_name', '-'],
    ['部门', 'department', '--', 'department', null],
    ['用户ID', 'user id', ' 1a2b3c4d', 'user_id', '1a2b3c4d'],
    ['工号', 'job number', '007', 'employee_id', '007'],
    ['电话', 'phone number', '021-673288', 'phone', '021-673288'],
    ['邮箱', 'email', 'a@b.cn', 'email', 'a@b.cn'],
    ['设备', 'device', 'WINDOWS', 'device', 'WINDOWS'],
    ['客户端版本', 'app version', '5.18.0', 'app_version', '5.18.0'],
    ['公网IP', 'public network ip', '1.2.3.4', 'public_ip', '1.2.3.4'],
    ['内网IP', 'internal network ip', '10.0.0.1', 'internal_ip', '10.0.0.1'],
    ['代理服务', 'proxy', '否', 'use_rtc_proxy', false],
    ['位置', 'location', '中国大陆', 'location', '中国大陆'],
    ['网络类型', 'network type', 'LAN', 'network_type', 'LAN'],
    ['麦克风', 'microphone', '与系统一致', 'microphone', '与系统一致'],
    ['扬声器', 'speaker', ' Jabra ', 'speaker', ' Jabra '],
    ['摄像头', 'camera', '', 'camera', null],
    ['音频', 'audio', '是', 'audio', true],
    ['视频', 'video', '是', 'video', true],
    ['共享', 'share', '否', 'sharing', false],
    ['入会时间', 'join time', '2022.07.21 11:01:41 (GMT+08:00)', 'join_time', '2022-07-21T03:01:41Z'],
    ['离会时间', 'leave time', '2022.07.21 12:01:40', 'leave_time', '2022-07-21T04:01:40Z'],
    ['参会时长', 'duration', '00:59:59', 'time_in_meeting_s', 3599],
    ['离会原因', 'leave reason', '主持人结束会议', 'leave_reason', '主持人结束会议'],
  ],
  participant_quality_list: [
    ['时间', 'time', '2022.07.21 11:02:00 (GMT+08:00)', 'time', '2022-07-21T03:02:00Z'],
    ['音频-码率（接收）', 'audio-birate(receiver)', '1kbps', 'audio_bitrate_kbps_received', 1],
    ['音频-延迟（接收）', 'audio-lag(receiver)', '2ms', 'audio_latency_ms_received', 2],
    ['音频-抖动（接收）', 'audio-jitter(receiver)', '3ms', 'audio_jitter_ms_received', 3],
    ['音频-丢包平均（接收）', 'audio-loss avg(receiver)', '0.4%', 'audio_packet_loss_avg_pct_received', 0.4],
    ['音频-丢包最大（接收）', 'audio-loss max(receiver)', '5%', 'audio_packet_loss_max_pct_received', 5],
    ['音频-码率（发送）', 'audio-birate(sender)', '6kbps', 'audio_bitrate_kbps_sent', 6],
    ['音频-延迟（发送）', 'audio-lag(sender)', '7ms', 'audio_latency_ms_sent', 7],
    ['音频-抖动（发送）', 'audio-jitter(sender)', '8ms', 'audio_jitter_ms_sent', 8],
    ['音频-丢包平均（发送）', 'audio-loss avg(sender)', '9%', 'audio_packet_loss_avg_pct_sent', 9],
    ['音频-丢包最大（发送）', 'audio-loss max(sender)', '10%', 'audio_packet_loss_max_pct_sent', 10],
    ['视频-码率（接收）', 'video-birate(receiver)', '11kbps', 'video_bitrate_kbps_received', 11],
    ['视频-延迟（接收）', 'video-lag(receiver)', '12ms', 'video_latency_ms_received', 12],
    ['视频-抖动（接收）', 'video-jitter(receiver)', '13ms', 'video_jitter_ms_received', 13],
    ['视频-丢包平均（接收）', 'video-loss avg(receiver)', '14%', 'video_packet_loss_avg_pct_received', 14],
    ['视频-丢包最大（接收）', 'video-loss max(receiver)', '15%', 'video_packet_loss_max_pct_received', 15],
    ['视频-码率（发送）', 'video-birate(sender)', '16kbps', 'video_bitrate_kbps_sent', 16],
    ['视频-延迟（发送）', 'video-lag(sender)', '17ms', 'video_latency_ms_sent', 17],
    ['视频-抖动（发送）', 'video-jitter(sender)', '18ms', 'video_jitter_ms_sent', 18],
    ['视频-丢包平均（发送）', 'video-loss avg(sender)', '19%', 'video_packet_loss_avg_pct_sent', 19],
    ['视频-丢包最大（发送）', 'video-loss max(sender)', '20%', 'video_packet_loss_max_pct_sent', 20],
    ['共享屏幕-码率（接收）', 'share-screen-birate(receiver)', '21kbps', 'screen_sharing_bitrate_kbps_received', 21],
    ['共享屏幕-延迟（接收）', 'share-screen-lag(receiver)', '22ms', 'screen_sharing_latency_ms_received', 22],
    ['共享屏幕-抖动（接收）', 'share-screen-jitter(receiver)', '23ms', 'screen_sharing_jitter_ms_received', 23],
    [
      '共享屏幕-丢包平均（接收）',
      'share-screen-loss avg(receiver)',
      '24%',
      'screen_sharing_packet_loss_avg_pct_received',
      24,
    ],
    [
      '共享屏幕-丢包最大（接收）',
      'share-screen-loss max(receiver)',
      '25%',
      'screen_sharing_packet_loss_max_pct_received',
      25,
    ],
    ['共享屏幕-码率（发送）', 'share-screen-birate(sender)', '26kbps', 'screen_sharing_bitrate_kbps_sent', 26],
    ['共享屏幕-延迟（发送）', 'share-screen-lag(sender)', '27ms', 'screen_sharing_latency_ms_sent', 27],
    ['共享屏幕-抖动（发送）', 'share-screen-jitter(sender)', '28ms', 'screen_sharing_jitter_ms_sent', 28],
    [
      '共享屏幕-丢包平均（发送）',
      'share-screen-loss avg(sender)',
      '29%',
      'screen_sharing_packet_loss_avg_pct_sent',
      29,
    ],
    [
      '共享屏幕-丢包最大（发送）',
      'share-screen-loss max(sender)',
      '-',
      'screen_sharing_packet_loss_max_pct_sent',
      null,
    ],
    ['客户端最小 CPU 占用', 'cpu min usage of client', '2%', 'client_min_cpu_usage_pct', 2],
    ['客户端平均 CPU 占用', 'cpu avg usage of client', '5%', 'client_avg_cpu_usage_pct', 5],
    ['客户端最大 CPU 占用', 'cpu max usage of client', '10%', 'client_max_cpu_usage_pct', 10],
    ['系统最大 CPU 占用', 'cpu max usage of system', '20%', 'system_max_cpu_usage_pct', 20],
  ],
  resource_reservation_list: [
    ['会议室名称', 'meeting room name', 'F5-VIP（大）', 'room_name', 'F5-VIP（大）'],
    ['会议主题', 'meeting topic', '--', 'event_title', '--'],
    ['预定人', 'booker', '李四', 'reserver', '李四'],
    ['预定人所属部门', 'department of booker', '-', 'department_of_reserver', null],
    ['邀请人数', 'Number of invitees', '1,005', 'guests_number', 1005],
    ['接受人数', 'Number of accept', '0', 'accepted_number', 0],
    [
      '会议开始时间',
      'meeting start time',
      '2022.12.17 21:00:00 (GMT+08:00)',
      'event_start_time',
      '2022-12-17T13:00:00Z',
    ],
    ['会议结束时间', 'meeting end time', '2022.12.18 22:00:00 (GMT+08:00)', 'event_end_time', '2022-12-18T14:00:00Z'],
    ['会议时长', 'meeting duration', '25:00:00', 'event_duration_s', 90_000],
    [
      '会议室预定状态',
      'status of meeting room reservation',
      '已释放（手动释放）',
      'reservation_status',
      '已释放（手动释放）',
    ],
    ['签到设备', 'check-in device', '触屏版', 'check_in_device', '触屏版'],
    ['会议室签到状态', 'check-in status of meeting room', '某个新状态', 'room_check_in_status', '某个新状态'],
    [
      '会议室签到时间',
      'check-in time of meeting room',
      '2022.12.17 20:58:00 (GMT+08:00)',
      'check_in_time',
      '2022-12-17T12:58:00Z',
    ],
    ['释放人', 'releaser', '-', 'releasing_person', null],
    ['释放时间', 'release time', '-', 'releasing_time', null],
  ],
};

const zhHeader = (layout: ExportResource): Cells => LAYOUTS[layout].map(([zh]) => zh);
const enHeader = (layout: ExportResource): Cells => LAYOUTS[layout].map(([, en]) => en);
const cellsOf = (layout: ExportResource): Cells => LAYOUTS[layout].map(([, , cell]) => cell);
const valuesOf = (layout: ExportResource): Record<string, unknown> =>
  Object.fromEntries(LAYOUTS[layout].map(([, , , column, value]) => [column, value]));

type Reading = { records: SourceRecord[]; report: SheetReport };

const hiddenSheet = (...rows: Cells[]) => ({ hidden: true, rows });

async function readAll(layout: ExportResource, ...sheets: Cells[][]): Promise<Reading> {
  return await readSheets(
    layout,
    sheets.map((rows) => ({ hidden: false, rows })),
  );
}

function sheetsOf(sheets: { hidden: boolean; rows: Cells[] }[]) {
  return sheets.map(({ hidden, rows }) => ({
    hidden,
    rows: rows.map((cells, index) => ({ number: index + 1, cells })),
  }));
}

async function readSheets(layout: ExportResource, sheets: { hidden: boolean; rows: Cells[] }[]): Promise<Reading> {
  const { records, report } = sheetRecords(layout, sheetsOf(sheets), { zone: 'America/New_York' });
  const read: SourceRecord[] = [];
  for await (const record of records) read.push(record);
  return { records: read, report };
}

async function headerError(layout: ExportResource, rows: Cells[]): Promise<HeaderError> {
  const error: unknown = await readAll(layout, rows).catch((caught: unknown) => caught);
  if (error instanceof HeaderError) return error;
  throw new Error('the sheet was not refused', { cause: error });
}

describe.each(EXPORT_RESOURCES)('%s', (layout) => {
  test('is read by its documented Chinese headers', async () => {
    const { records, report } = await readAll(layout, [zhHeader(layout), cellsOf(layout)]);
    expect(records).toHaveLength(1);
    expect(records[0]).not.toHaveProperty('unparsed');
    expect(records[0]?.values).toMatchObject(valuesOf(layout));
    expect(report).toStrictEqual({
      sheets: 1,
      rows: 1,
      extraColumns: [],
      missingOptional: [],
      unparsedCells: 0,
      otherSheets: 0,
      hiddenSheets: 0,
      looksCutOff: false,
    });
  });

  test('is read by its English headers', async () => {
    const { records, report } = await readAll(layout, [enHeader(layout), cellsOf(layout)]);
    expect(records[0]?.values).toMatchObject(valuesOf(layout));
    expect(report.missingOptional).toStrictEqual([]);
  });

  test('is read whatever the order, the case, the spaces, the brackets, the title above and the columns beside', async () => {
    const noise = fc.constantFrom<(label: string) => string>(
      (label) => label,
      (label) => ` ${label}\u00a0`,
      (label) => label.toUpperCase(),
      (label) => label.replaceAll(' ', ''),
      (label) => label.replaceAll('（', '(').replaceAll('）', ')').replaceAll('-', '－'),
    );
    const columns = LAYOUTS[layout].map((column, index) => ({ column, index }));
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(columns, { minLength: columns.length }),
        fc.array(noise, { minLength: columns.length, maxLength: columns.length }),
        fc.nat({ max: columns.length }),
        fc.nat({ max: 4 }),
        fc.boolean(),
        async (order, noises, extraAt, blankOrTitle, english) => {
          const header: Cells = order.map(({ column: [zh, en] }, at) => noises[at]?.(english ? en : zh) ?? '');
          const cells: Cells = order.map(({ column: [, , cell] }) => cell);
          header.splice(extraAt, 0, '新增列');
          cells.splice(extraAt, 0, 'x');
          const above: Cells[] = Array.from({ length: blankOrTitle }, (_, at) =>
            at % 2 === 0 ? ['会议数据导出'] : [],
          );
          const { records, report } = await readAll(layout, [...above, header, cells, [], [null, ' ']]);
          expect(records.map(({ values }) => values)).toStrictEqual([{ ...records[0]?.values, ...valuesOf(layout) }]);
          expect(report.extraColumns).toStrictEqual(['新增列']);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('without rows is empty', async () => {
    expect((await readAll(layout, [zhHeader(layout)])).records).toStrictEqual([]);
  });

  test('is refused for every other layout', async () => {
    for (const other of EXPORT_RESOURCES.filter((resource) => resource !== layout)) {
      const error = await headerError(other, [zhHeader(layout), cellsOf(layout)]);
      expect(error.message).toContain(`does not have the columns of ${other}. Missing headers: `);
    }
  });
});

describe('a sheet', () => {
  test('without a required header is refused with what is missing in both languages and what was found', async () => {
    const header = zhHeader('participant_list').filter((label) => label !== '入会时间' && label !== '用户ID');
    const error = await headerError('participant_list', [header]);
    expect(error.message).toBe(
      'The sheet does not have the columns of participant_list. Missing headers: 用户ID (user id), 入会时间 (join time). ' +
        `Found: ${header.join(' | ')}. A header may have been renamed: compare the raw file with the documented layout.`,
    );
    expect(error).toMatchObject({
      name: 'HeaderError',
      layout: 'participant_list',
      missing: [
        { zh: '用户ID', en: 'user id' },
        { zh: '入会时间', en: 'join time' },
      ],
      found: header,
    });
  });

  test('that has a required header twice is refused, in whatever language', async () => {
    const error = await headerError('meeting_list', [[...zhHeader('meeting_list'), 'Meeting ID']]);
    expect(error.message).toContain('Headers that stand there more than once: 会议ID (meeting id).');
  });

  test('that has an optional header twice is read by the first, and the second is reported', async () => {
    const { records, report } = await readAll('meeting_list', [
      [...zhHeader('meeting_list'), '部门'],
      [...cellsOf('meeting_list'), 'other'],
    ]);
    expect(records[0]?.values['department']).toBe('产品部');
    expect(report.extraColumns).toStrictEqual(['部门']);
  });

  test('without an optional header is read, and the header is reported', async () => {
    const at = zhHeader('participant_list').indexOf('代理服务');
    const { records, report } = await readAll('participant_list', [
      zhHeader('participant_list').toSpliced(at, 1),
      cellsOf('participant_list').toSpliced(at, 1),
    ]);
    expect(records[0]?.values).toMatchObject({ use_rtc_proxy: null, location: '中国大陆' });
    expect(report.missingOptional).toStrictEqual(['代理服务']);
  });

  test('with the required headers but less than half of the documented ones is another layout', async () => {
    const error = await headerError('participant_quality_list', [zhHeader('participant_quality_list').slice(0, 17)]);
    expect(error.message).toMatch(/Missing headers: 视频-延迟（发送） .*This is another layout/);
    await expect(
      readAll('participant_quality_list', [zhHeader('participant_quality_list').slice(0, 18)]),
    ).resolves.toMatchObject({ records: [] });
  });

  test('without any row is refused', async () => {
    expect((await headerError('meeting_list', [])).message).toContain('Found: no text at all.');
  });

  test.each(EXPORT_RESOURCES)('of data of %s without a header is counted and never quoted', async (layout) => {
    const personal = ['Zhang San', '张三', '+86 138 0013 8000', 'zhang.san@example.cn', '10.20.30.40', 'ou_1a2b3c'];
    const error = await headerError(layout, [personal, personal]);
    expect(error.message).toContain('Found: 6 texts that no layout has.');
    const seen = [inspect(error, { depth: null }), JSON.stringify(error), String(error.stack)].join();
    for (const text of personal) expect(seen).not.toContain(text);
  });

  test('with a person among its headers has the headers quoted and the person counted', async () => {
    const error = await headerError('meeting_list', [[' 会议id', 'Meeting Topic', '张三', null]]);
    expect(error.message).toContain('Found: 会议ID | 会议主题 | 1 text that no layout has.');
    expect(error).toMatchObject({ found: ['会议ID', '会议主题'], others: 1 });
    expect(inspect(error)).not.toContain('张三');
  });

  test('keeps rows beyond the searched ones, in order, and skips blank rows', async () => {
    const topics = Array.from({ length: 30 }, (_, index) => `t${index}`);
    const rows = topics.flatMap((topic) => [cellsOf('meeting_list').with(1, topic), [], [null, '  ']]);
    const { records, report } = await readAll('meeting_list', [zhHeader('meeting_list'), ...rows]);
    expect(records.map(({ values }) => values['meeting_topic'])).toStrictEqual(topics);
    expect(report.rows).toBe(30);
  });

  test('with short rows has NULL in the cells that are not there', async () => {
    const { records } = await readAll('meeting_list', [zhHeader('meeting_list'), ['123456789']]);
    expect(records[0]?.values).toMatchObject({ meeting_no: '123456789', meeting_start_time: null, telephone: null });
  });

  test('with cells that do not parse keeps their text and counts them', async () => {
    const cells = cellsOf('meeting_list').with(8, '21/07/2022').with(11, 'two').with(12, 'yes!');
    const { records, report } = await readAll('meeting_list', [zhHeader('meeting_list'), cells]);
    expect(records[0]).toMatchObject({
      values: { meeting_start_time: null, number_of_participants: null, audio: null, video: false },
      unparsed: { meeting_start_time: '21/07/2022', number_of_participants: 'two', audio: 'yes!' },
    });
    expect(report.unparsedCells).toBe(3);
  });

  test('with times that carry no offset anywhere is read in the zone of the profile', async () => {
    const cells = cellsOf('meeting_list').with(8, '2022.07.21 11:01:40').with(9, '2022.07.21 12:01:40');
    const { records } = await readAll('meeting_list', [zhHeader('meeting_list'), cells]);
    expect(records[0]?.values).toMatchObject({
      meeting_start_time: '2022-07-21T15:01:40Z',
      meeting_end_time: '2022-07-21T16:01:40Z',
    });
  });
});

describe('a file of several sheets', () => {
  const layout = 'participant_list';
  const [header, row] = [zhHeader(layout), cellsOf(layout)];

  test('gives the rows of each that has the header, wherever its columns stand', async () => {
    const reversed = [header.toReversed(), row.toReversed(), row.toReversed()];
    const { records, report } = await readAll(layout, [header, row], reversed, [header]);
    expect(records.map(({ values }) => values['participant_name'])).toStrictEqual(
      Array(3).fill(valuesOf(layout)['participant_name']),
    );
    expect(report).toMatchObject({ sheets: 3, rows: 3, otherSheets: 0 });
  });

  test('counts sheets with another layout, and passes over blank ones', async () => {
    const { records, report } = await readAll(layout, [['说明'], ['导出']], [header, row], [], [[' ', null]]);
    expect(records).toHaveLength(1);
    expect(report.otherSheets).toBe(1);
  });

  test('of which none has the header is refused for the first one', async () => {
    const error: unknown = await readAll(layout, [['说明']], [['别的']]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'HeaderError', found: [], others: 1 });
  });

  test('counts hidden sheets that have rows of the layout, and reads none of them', async () => {
    const { records, report } = await readSheets(layout, [
      hiddenSheet(['标题'], header, [' '], row, row),
      { hidden: false, rows: [header, row] },
      hiddenSheet(...Array.from({ length: 9 }, (): Cells => ['说明']), header, row),
      hiddenSheet(header, [null]),
      hiddenSheet(['说明'], row),
      hiddenSheet(),
    ]);
    expect(records).toHaveLength(1);
    expect(report).toMatchObject({ sheets: 1, rows: 1, otherSheets: 0, hiddenSheets: 2 });
  });

  test('is counted as it is read, and refused alike', async () => {
    const many = Array.from({ length: 25 }, () => row);
    const sheets = [
      { hidden: false, rows: [['会议数据导出'], [], header, ...many, [null, ' '], row] },
      { hidden: false, rows: [['another', 'layout']] },
      hiddenSheet(header, row),
      { hidden: false, rows: [enHeader(layout), row] },
    ];
    expect(await countRecords(layout, sheetsOf(sheets))).toBe((await readSheets(layout, sheets)).records.length);
    await expect(countRecords('meeting_list', sheetsOf(sheets))).rejects.toThrow(HeaderError);
  });

  test('looks cut off where the last one read has just a round number of rows', async () => {
    const full = [header, ...Array<Cells>(5000).fill(row)];
    expect((await readAll(layout, full)).report.looksCutOff).toBe(true);
    expect((await readAll(layout, full, [header, row])).report.looksCutOff).toBe(false);
    expect((await readAll(layout, [header, row], full)).report.looksCutOff).toBe(true);
    expect((await readAll(layout, [...full, row])).report.looksCutOff).toBe(false);
  });
});
