/** Figures 6 to 9: where to act, by network, by desk, by room, by department. */
import { DESK_DIMENSIONS, NETWORK_DIMENSIONS, type Dimension, type Group } from '../analysis/groups.ts';
import type { Report } from '../analysis/report.ts';
import { cellBar, figure, legend, nothing } from './figure.ts';
import { both, count, cutText, html, pct, say, shareOf, type Html, type Text } from './html.ts';
import { DIMENSION_NAMES } from './words.ts';

/** Groups with fewer sessions are grey: their rates are chance. */
const FEW_SESSIONS = 30;

const IMPACT = say(
  'Groups by poor minutes, most first: where most can be gained. Each bar is as long as the poor minutes. Grey: fewer than 30 sessions. A minute counts once, whatever the streams.',
  '按差的分钟数从多到少排列，即改善收益最大之处；条长为差的分钟数。灰色：少于 30 次参会。每分钟只计一次。',
);

function groupTable(dimension: Dimension, groups: readonly Group[]): Html {
  const most = Math.max(...groups.map(({ poor }) => poor), 1);
  return html`<h3 class="subhead">${both(DIMENSION_NAMES[dimension])}</h3>
    <div class="scroll">
      <table class="sort">
        <thead>
          <tr>
            <th>${both(say('Name', '名称'))}</th>
            <th>${both(say('Impact', '影响'))}</th>
            <th class="n">${both(say('poor min', '差（分）'))}</th>
            <th class="n">${both(say('rate', '比例'))}</th>
            <th class="n">${both(say('up / down', '上 / 下行'))}</th>
            <th class="n">${both(say('sessions', '参会'))}</th>
          </tr>
        </thead>
        <tbody>
          ${groups.map((group) => groupRow(dimension, group, most))}
        </tbody>
      </table>
    </div>`;
}

function groupRow(dimension: Dimension, group: Group, most: number): Html {
  const share = shareOf(group.poor, group.classified);
  return html`<tr${group.sessions < FEW_SESSIONS ? html` class="few"` : null}><td class="name">${groupName(dimension, group.name)}</td>
    <td class="bar" data-v="${group.poor}">${cellBar([{ key: 'poor', value: group.poor }], most)}</td>
    <td class="n" data-v="${group.poor}">${count(group.poor)}</td><td class="n" data-v="${Math.round(share ?? 0)}">${pct(share)}</td>
    <td class="n" data-v="${group.poor_sent}">${count(group.poor_sent)} / ${count(group.poor_received)}</td>
    <td class="n" data-v="${group.sessions}">${count(group.sessions)}</td></tr>`;
}

function groupName(dimension: Dimension, name: string): Html {
  if (dimension === 'proxy')
    return both(name === 'yes' ? say('through a proxy', '经代理') : say('without', '不经代理'));
  return html`${cutText(name)}`;
}

/** The group that has most poor minutes beyond what its size explains. */
function heaviest(
  report: Report,
  dimensions: readonly Dimension[],
): { dimension: Dimension; group: Group; excess: number } | null {
  const all = report.totals;
  const rate = all.classified_minutes === 0 ? 0 : all.poor_minutes / all.classified_minutes;
  const candidates = dimensions.flatMap((dimension) =>
    report.groups[dimension]
      .filter(({ sessions }) => sessions >= FEW_SESSIONS)
      .map((group) => ({ dimension, group, excess: group.poor - group.classified * rate })),
  );
  const [best] = candidates.toSorted((a, b) => b.excess - a.excess);
  return best && best.excess > 0 ? best : null;
}

function impactAnswer(report: Report, dimensions: readonly Dimension[]): Text {
  const { poor_minutes: all } = report.totals;
  if (all === 0) return say('No minute was poor.', '没有差的分钟。');
  const best = heaviest(report, dimensions);
  if (!best) return say('No group is worse than the others.', '没有哪一组明显更差。');
  const { dimension, group } = best;
  const name = DIMENSION_NAMES[dimension];
  const shown = cutText(group.name);
  return say(
    `${name.en} ${shown} has ${count(group.poor)} of ${count(all)} poor minutes: ${pct(shareOf(group.poor, group.classified))} of its own, ${pct(shareOf(all, report.totals.classified_minutes))} overall.`,
    `${name.zh} ${shown} 占 ${count(all)} 个差的分钟中的 ${count(group.poor)} 个：自身比例 ${pct(shareOf(group.poor, group.classified))}，总体 ${pct(shareOf(all, report.totals.classified_minutes))}。`,
  );
}

function groupTables(report: Report, dimensions: readonly Dimension[]): (Html | null)[] {
  const tables = dimensions.map((dimension) => {
    const groups = report.groups[dimension];
    if (groups.length > 0) return groupTable(dimension, groups);
    return dimension === 'protocol'
      ? nothing(
          say('Protocol: only the list API has it, and it was not asked.', '传输协议：仅列表接口提供，本期未使用。'),
        )
      : null;
  });
  return tables.some((table) => table !== null && report.totals.judged_minutes > 0)
    ? tables
    : [nothing(say('No minutes to group.', '没有可分组的分钟。'))];
}

export function networkFigure(report: Report): Html {
  return figure({
    number: 6,
    question: say('Where to act in the network?', '网络上该从哪里入手？'),
    answer: impactAnswer(report, NETWORK_DIMENSIONS),
    body: groupTables(report, NETWORK_DIMENSIONS),
    how: IMPACT,
  });
}

export function deskFigure(report: Report): Html {
  return figure({
    number: 7,
    question: say('Where to act at the desk?', '设备上该从哪里入手？'),
    answer: impactAnswer(report, DESK_DIMENSIONS),
    body: groupTables(report, DESK_DIMENSIONS),
    how: IMPACT,
  });
}

export function departmentsFigure(report: Report): Html {
  return figure({
    number: 9,
    question: say('Who is hit?', '谁受影响？'),
    answer: impactAnswer(report, ['department']),
    body: groupTables(report, ['department']),
    how: IMPACT,
    folded: true,
  });
}

export function roomsFigure({ rooms }: Report): Html {
  const booked = rooms.filter(({ bookings }) => bookings > 0);
  const most = Math.max(...rooms.map(({ booked_h: hours }) => hours), 1);
  return figure({
    number: 8,
    question: say('Which rooms are bad, and are they used?', '哪些会议室质量差，是否真的在用？'),
    answer: roomsAnswer(rooms),
    body:
      rooms.length === 0
        ? nothing(
            say(
              'No rooms are known of these days: export reservations with --room-level-id.',
              '这些天没有会议室数据：请用 --room-level-id 导出会议室预定。',
            ),
          )
        : [
            legend([
              { key: 'good', text: say('somebody checked in', '已签到') },
              { key: 'poor', text: say('nobody came', '无人到场') },
              { key: 'unclassified', text: say('not checked, or given back', '无需签到或已释放') },
            ]),
            html`<div class="scroll">
              <table class="sort">
                <thead>
                  <tr>
                    <th>${both(say('Room', '会议室'))}</th>
                    <th>${both(say('Booked hours', '预定时长'))}</th>
                    <th class="n">${both(say('booked h', '预定（时）'))}</th>
                    <th class="n">${both(say('nobody came h', '无人（时）'))}</th>
                    <th class="n">${both(say('no-shows', '未到场'))}</th>
                    <th class="n">${both(say('poor min', '差（分）'))}</th>
                    <th class="n">${both(say('rate', '比例'))}</th>
                  </tr>
                </thead>
                <tbody>
                  ${rooms.map((room) => roomRow(room, most))}
                </tbody>
              </table>
            </div>`,
            booked.length === 0 ? nothing(say('Reservations were not exported.', '未导出会议室预定。')) : null,
          ],
    how: say(
      'Booked hours by what the reservation says: checked in, or released or timed out since nobody did. Quality is that of the room device. Reservations know a room by its name: rooms of one name are one row.',
      '按预定记录统计：已签到，或超时未签到及因此释放。质量为会议室设备的质量。预定按名称识别会议室：同名会议室合为一行。',
    ),
  });
}

function roomRow(room: Report['rooms'][number], most: number): Html {
  const rest = Math.max(0, room.booked_h - room.came_h - room.no_show_h);
  const bar = cellBar(
    [
      { key: 'came', value: room.came_h },
      { key: 'poor', value: room.no_show_h },
      { key: 'other', value: rest },
    ],
    most,
  );
  const share = shareOf(room.poor, room.classified);
  return html`<tr>
    <td class="name">${cutText(room.name)}</td>
    <td class="bar" data-v="${room.booked_h}">${bar}</td>
    <td class="n" data-v="${room.booked_h}">${count(room.booked_h)}</td>
    <td class="n" data-v="${room.no_show_h}">${count(room.no_show_h)}</td>
    <td class="n" data-v="${room.no_shows}">${count(room.no_shows)} / ${count(room.checked)}</td>
    <td class="n" data-v="${room.poor}">${count(room.poor)}</td>
    <td class="n" data-v="${Math.round(share ?? 0)}">${pct(share)}</td>
  </tr>`;
}

function roomsAnswer(rooms: Report['rooms']): Text {
  const booked = rooms.reduce((sum, room) => sum + room.booked_h, 0);
  const lost = rooms.reduce((sum, room) => sum + room.no_show_h, 0);
  const [worst] = rooms.toSorted((a, b) => b.no_show_h - a.no_show_h);
  if (!worst || booked === 0) return say('No reservation is known of these days.', '这些天没有会议室预定。');
  if (lost === 0)
    return say(
      `${count(booked)} hours booked, and somebody came wherever that is known.`,
      `共预定 ${count(booked)} 小时，凡有记录的均有人到场。`,
    );
  return say(
    `Of ${count(booked)} booked hours nobody came to ${count(lost)} (${pct(shareOf(lost, booked))}); most of them in ${cutText(worst.name)}, ${count(worst.no_show_h)} of ${count(worst.booked_h)}.`,
    `${count(booked)} 小时预定中有 ${count(lost)} 小时无人到场（${pct(shareOf(lost, booked))}）；最多的是 ${cutText(worst.name)}，${count(worst.booked_h)} 小时中的 ${count(worst.no_show_h)} 小时。`,
  );
}
