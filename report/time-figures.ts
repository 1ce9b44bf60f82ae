/** Figures 1 to 3 and 13: how much, on which days, at which hours, and whether the quota has run out. */
import type { Report } from '../analysis/report.ts';
import { chart, stackedBars } from './charts.ts';
import { figure, legend, nothing } from './figure.ts';
import { both, count, html, pct, say, shareOf, type Html, type Text } from './html.ts';
import { VERDICT_NAMES, WEEKDAYS } from './words.ts';

export function tilesFigure(report: Report): Html {
  const { totals, poor_audio_pct: audio, rules } = report;
  const complete = report.completeness.filter(({ state }) => state === 'complete').length;
  const tiles: { value: string; label: Text; note?: Text | null }[] = [
    {
      value: count(totals.meetings),
      label: say(meetingsIn(totals), '场会议'),
      note: say(`${count(totals.meeting_hours)} hours`, `${count(totals.meeting_hours)} 小时`),
    },
    {
      value: count(totals.people),
      label: say('people', '人'),
      note: say(`${count(totals.sessions)} sessions`, `${count(totals.sessions)} 次参会`),
    },
    { value: count(totals.judged_minutes), label: say('minutes judged', '已评判分钟'), note: judgedNote(report) },
    { value: pct(audio), label: say('poor audio', '音频差'), note: audioNote(report) },
    {
      value: pct(shareOf(totals.poor_sessions, totals.judged_sessions)),
      label: say('poor sessions', '参会质量差'),
      note: say(
        `${count(totals.poor_sessions)} of ${count(totals.judged_sessions)}`,
        `${count(totals.judged_sessions)} 次中的 ${count(totals.poor_sessions)} 次`,
      ),
    },
    {
      value: `${complete}/${report.completeness.length}`,
      label: say('days complete', '天数据完整'),
      note: complete === report.completeness.length ? null : say('see figure 14', '见图 14'),
    },
  ];
  return figure({
    number: 1,
    question: say('How much was met, how bad was it, and is that known?', '开了多少会，质量如何，数据是否完整？'),
    answer: tilesAnswer(report),
    body: html`<div class="tiles">
      ${tiles.map(
        ({ value, label, note }) =>
          html`<div class="tile">
            <b>${value}</b><span>${both(label)}</span>${note ? html`<small>${both(note)}</small>` : null}
          </div>`,
      )}
    </div>`,
    how: say(
      `Poor audio: poor stream-minutes of audio among the classified ones. The target of ${pct(rules.target.poor_audio_pct)} is borrowed: ${rules.target.source}. That one counts whole streams by their averages; a minute hides less.`,
      `音频差：已判定的音频流分钟中差的比例。目标 ${pct(rules.target.poor_audio_pct)} 借自：${rules.target.source}。该标准按整条流的平均值计算，按分钟计算更严格。`,
    ),
  });
}

function judgedNote({ totals }: Report): Text {
  const share = shareOf(totals.judged_minutes, totals.session_minutes);
  return share === null
    ? say('none', '无')
    : say(`${pct(Math.min(100, share))} of the time in meetings`, `占参会时间的 ${pct(Math.min(100, share))}`);
}

function audioNote({ poor_audio_pct: now, poor_audio_pct_before: before, rules }: Report): Text {
  const target = rules.target.poor_audio_pct;
  const change =
    now === null || before === null ? say('', '') : say(`, before ${pct(before)}`, `，上期 ${pct(before)}`);
  return say(`target under ${pct(target)}${change.en}`, `目标低于 ${pct(target)}${change.zh}`);
}

const meetingsIn = ({ meetings }: Report['totals']): string => (meetings === 1 ? 'meeting' : 'meetings');

function tilesAnswer({ totals, poor_audio_pct: audio, poor_audio_pct_before: before, rules }: Report): Text {
  if (totals.meetings === 0) return say('No meeting is known of these days.', '这些天没有会议数据。');
  if (audio === null) {
    return say(
      `${count(totals.meetings)} ${meetingsIn(totals)}, and no minute of audio that could be judged.`,
      `共 ${count(totals.meetings)} 场会议，没有可评判的音频分钟。`,
    );
  }
  const isMet = audio < rules.target.poor_audio_pct;
  const trend =
    before === null
      ? say('the period before is not whole and is not compared', '上期数据不完整，不作比较')
      : audio < before
        ? say(`better than the ${pct(before)} before`, `好于上期的 ${pct(before)}`)
        : audio > before
          ? say(`worse than the ${pct(before)} before`, `差于上期的 ${pct(before)}`)
          : say('as before', '与上期相同');
  return say(
    `${count(totals.meetings)} ${meetingsIn(totals)}; ${pct(audio)} of the audio minutes were poor, ${isMet ? 'under' : 'over'} the target of ${pct(rules.target.poor_audio_pct)}; ${trend.en}.`,
    `共 ${count(totals.meetings)} 场会议；${pct(audio)} 的音频分钟为差，${isMet ? '低于' : '高于'}目标 ${pct(rules.target.poor_audio_pct)}；${trend.zh}。`,
  );
}

export function daysFigure(report: Report): Html {
  const known = new Map(report.days.map((day) => [day.day, day]));
  const days = report.completeness.map(({ day, state }) => ({ day, state, counts: known.get(day) }));
  const most = Math.max(1, ...report.days.map((d) => d.good + d.fair + d.poor + d.unclassified + d.missing));
  const values = (name: 'poor' | 'fair' | 'good' | 'unclassified'): number[] =>
    days.map(({ counts }) => counts?.[name] ?? 0);
  const missing = days.map(({ state, counts }) => (state === 'missing' ? most : (counts?.missing ?? 0)));
  const keys = ['poor', 'fair', 'good', 'unclassified', 'missing'] as const;
  const labels = days.map(({ day }) => day.slice(5));
  return figure({
    number: 2,
    question: say('Does it get better, and which day was bad?', '质量是否在改善，哪一天不好？'),
    answer: daysAnswer(report),
    body: [
      legend(keys.map((key) => ({ key, text: VERDICT_NAMES[key] }))),
      chart({
        label: say('Minutes by day and verdict', '每日分钟数（按评判）'),
        draw: ({ width }) =>
          stackedBars(
            {
              labels,
              series: [
                { colour: 'poor', values: values('poor') },
                { colour: 'fair', values: values('fair') },
                { colour: 'good', values: values('good') },
                { colour: 'unclassified', values: values('unclassified') },
                { colour: 'missing', values: missing },
              ],
            },
            { width },
          ),
      }),
    ],
    how: say(
      'Minutes of sessions by the verdict of the minute, on the day on which the meeting began. A day that nobody exported is a grey column of full height; minutes whose quality is pending or failed are grey by the time spent in the meeting.',
      '按会议开始日统计各参会分钟的评判。未导出的日期显示为整根灰柱；质量数据待取或失败的分钟按参会时长计为灰色。',
    ),
  });
}

function daysAnswer({ days }: Report): Text {
  const rated = days
    .map((day) => ({ day: day.day, classified: day.good + day.fair + day.poor, poor: day.poor }))
    .filter(({ classified }) => classified > 0);
  const worst = rated.toSorted((a, b) => b.poor / b.classified - a.poor / a.classified)[0];
  if (!worst) return say('No day has minutes that could be judged.', '没有可评判的日期。');
  const share = (part: typeof rated): number | null =>
    shareOf(
      part.reduce((sum, day) => sum + day.poor, 0),
      part.reduce((sum, day) => sum + day.classified, 0),
    );
  const half = Math.ceil(rated.length / 2);
  const [first, second] = [share(rated.slice(0, half)), share(rated.slice(half))];
  const halves =
    rated.length >= 8
      ? say(
          ` First half ${pct(first)} poor, second half ${pct(second)}.`,
          `前半段 ${pct(first)} 为差，后半段 ${pct(second)}。`,
        )
      : say('', '');
  return say(
    `The worst day was ${worst.day}, with ${pct(shareOf(worst.poor, worst.classified))} of ${count(worst.classified)} minutes poor.${halves.en}`,
    `最差的一天是 ${worst.day}，${count(worst.classified)} 分钟中 ${pct(shareOf(worst.poor, worst.classified))} 为差。${halves.zh}`,
  );
}

/** Hours with fewer classified minutes say nothing. */
const FEW_MINUTES = 30;
const STEPS = [2, 5, 10, 25];
/** Hours that are shown even where nobody met. */
const WORK = { from: 9, to: 18 };

export function hoursFigure({ hours }: Report): Html {
  const at = new Map(hours.map((each) => [`${each.weekday} ${each.hour}`, each]));
  const used = new Set(hours.map(({ hour }) => hour));
  const columns = Array.from({ length: 24 }, (_, hour) => hour).filter(
    (hour) => used.has(hour) || (hour >= WORK.from && hour <= WORK.to),
  );
  const cell = (weekday: number, hour: number): Html => {
    const { classified, poor } = at.get(`${weekday} ${hour}`) ?? { classified: 0, poor: 0 };
    const share = shareOf(poor, classified);
    if (share === null || classified < FEW_MINUTES)
      return html`<td class="h-">${classified > 0 ? html`<small>${compact(classified)}</small>` : ''}</td>`;
    const step = STEPS.filter((limit) => share >= limit).length;
    return html`<td class="h${step}">${pct(share).replace(' ', '')}<small>${compact(classified)}</small></td>`;
  };
  return figure({
    number: 3,
    question: say('When is it bad?', '什么时候不好？'),
    answer: hoursAnswer(hours),
    body: html`<div class="scroll">
      <table class="heat">
        <thead>
          <tr>
            <th></th>
            ${columns.map((hour) => html`<th>${hour}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${WEEKDAYS.map(
            (name, index) =>
              html`<tr>
                <th>${both(name)}</th>
                ${columns.map((hour) => cell(index + 1, hour))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`,
    how: say(
      `Share of poor minutes among the classified ones, by weekday and hour of the minute; below it how many were classified. Hatched: fewer than ${FEW_MINUTES}.`,
      `按分钟所在的星期和小时统计已判定分钟中差的比例，下方为已判定分钟数。斜线：不足 ${FEW_MINUTES} 分钟。`,
    ),
  });
}

function compact(value: number): string {
  return value >= 10_000 ? `${Math.round(value / 1000)}k` : count(value);
}

function hoursAnswer(hours: Report['hours']): Text {
  const enough = hours.filter(({ classified }) => classified >= FEW_MINUTES);
  const byHour = new Map<number, { classified: number; poor: number }>();
  for (const { hour, classified, poor } of enough) {
    const known = byHour.get(hour) ?? { classified: 0, poor: 0 };
    byHour.set(hour, { classified: known.classified + classified, poor: known.poor + poor });
  }
  const sorted = [...byHour].toSorted(([, a], [, b]) => b.poor / b.classified - a.poor / a.classified);
  const [worst] = sorted;
  if (!worst) return say('Too few minutes to tell the hours apart.', '分钟数太少，无法区分时段。');
  const [hour, { classified, poor }] = worst;
  const all = enough.reduce((sum, each) => ({ c: sum.c + each.classified, p: sum.p + each.poor }), { c: 0, p: 0 });
  if (all.p === 0) return say('At no hour was a minute poor.', '没有任何时段出现差的分钟。');
  const rest = shareOf(all.p - poor, all.c - classified);
  const clock = `${String(hour).padStart(2, '0')}:00`;
  return say(
    `Worst between ${clock} and ${clock.slice(0, 3)}59: ${pct(shareOf(poor, classified))} of ${count(classified)} minutes poor, ${pct(rest)} at other hours.`,
    `最差时段为 ${clock} 至 ${clock.slice(0, 3)}59：${count(classified)} 分钟中 ${pct(shareOf(poor, classified))} 为差，其他时段 ${pct(rest)}。`,
  );
}

const lowShare = (day: Report['days'][number]): number => shareOf(day.resolution_low, day.resolution_known) ?? 0;

export function quotaFigure({ days }: Report): Html {
  const known = days.filter(({ resolution_known: n }) => n > 0);
  const minutes = days.reduce((sum, day) => sum + day.device_minutes, 0);
  const jump = jumpOf(known.map((day) => ({ day: day.day, share: lowShare(day) })));
  const total = shareOf(
    known.reduce((sum, day) => sum + day.resolution_low, 0),
    known.reduce((sum, day) => sum + day.resolution_known, 0),
  );
  const used = say(`${count(minutes)} device-minutes were used.`, `共使用 ${count(minutes)} 设备分钟。`);
  const answer =
    known.length === 0
      ? say(
          `${used.en} Resolutions are not known: only the list API has them, and it was not asked.`,
          `${used.zh} 分辨率未知：仅列表接口提供，而本期未使用该接口。`,
        )
      : jump === null
        ? say(
            `${used.en} ${pct(total)} of received video was at 360P or less, without a jump on any day.`,
            `${used.zh} 接收视频中 ${pct(total)} 为 360P 或更低，没有哪天突增。`,
          )
        : say(
            `${used.en} From ${jump} on, far more video is at 360P or less: has the quota of device-minutes run out?`,
            `${used.zh} 自 ${jump} 起 360P 及以下的视频明显增多：设备分钟额度是否已用完？`,
          );
  const body =
    known.length === 0
      ? nothing(say('No resolutions in these days.', '这些天没有分辨率数据。'))
      : chart({
          label: say('Share of received video at 360P or less, by day', '每日接收视频中 360P 及以下的比例'),
          draw: ({ width }) =>
            stackedBars(
              {
                labels: days.map(({ day }) => day.slice(5)),
                series: [{ colour: 'p90', values: days.map((day) => Math.round(lowShare(day) * 10) / 10) }],
                unit: '%',
              },
              { width },
            ),
        });
  return figure({
    number: 13,
    question: say('Has the quota of device-minutes run out?', '设备分钟额度是否用完？'),
    answer,
    body,
    folded: true,
    how: say(
      'Each begun minute of a device in a meeting counts. When a quota is used up, Feishu lowers video to 360P in all offices at once; a bad network does so here and there.',
      '设备在会中的每个开始分钟都计入。额度用完时飞书会同时把所有地点的视频降到 360P；网络差只会零星出现。',
    ),
  });
}

/** The first day from which on the share is twice what it was before and 20 points more, and stays. */
function jumpOf(days: readonly { day: string; share: number }[]): string | null {
  const mean = (part: typeof days): number => part.reduce((sum, { share }) => sum + share, 0) / part.length;
  for (let at = 3; at <= days.length - 3; at++) {
    const before = mean(days.slice(0, at));
    const rest = days.slice(at);
    if (rest.every(({ share }) => share >= before + 20 && share >= before * 2)) return days[at]?.day ?? null;
  }
  return null;
}
