/** Figures 4, 5 and 12: what is wrong, how far from the limits, the machine or the network. */
import { poorOf } from '../analysis/overview.ts';
import type { Report } from '../analysis/report.ts';
import { REASONS, ruleNamed } from '../analysis/rules.ts';
import { chart, stackedRows } from './charts.ts';
import { figure, legend, nothing } from './figure.ts';
import { both, count, html, pct, say, shareOf, type Html, type Text } from './html.ts';
import { DIRECTION_NAMES, MEDIUM_NAMES, REASON_NAMES, ruleText } from './words.ts';

function streamText({ medium, direction }: Pick<Report['streams'][number], 'medium' | 'direction'>): Text {
  if (direction === null) return MEDIUM_NAMES[medium];
  const arrow = direction === 'sent' ? '↑' : '↓';
  return say(
    `${MEDIUM_NAMES[medium].en} ${arrow} ${DIRECTION_NAMES[direction].en}`,
    `${MEDIUM_NAMES[medium].zh} ${arrow} ${DIRECTION_NAMES[direction].zh}`,
  );
}

export function streamsFigure({ streams }: Report): Html {
  const shown = streams.filter(({ classified }) => classified > 0);
  return figure({
    number: 4,
    question: say(
      'What is wrong: loss, jitter, delay, frames or the machine, up or down?',
      '问题出在哪里：丢包、抖动、延迟、帧率还是电脑，上行还是下行？',
    ),
    answer: streamsAnswer(shown),
    body:
      shown.length === 0
        ? nothing(say('No stream could be judged.', '没有可评判的流。'))
        : [
            legend(REASONS.map((reason) => ({ key: reason, text: REASON_NAMES[reason] }))),
            chart({
              label: say('Poor stream-minutes by medium, direction and reason', '差的流分钟（按媒体、方向与原因）'),
              draw: ({ language, width }) =>
                stackedRows(
                  {
                    labels: shown.map((stream) => streamText(stream)[language]),
                    series: REASONS.map((reason) => ({
                      colour: reason,
                      values: shown.map(({ poor }) => poor[reason]),
                    })),
                  },
                  { width },
                ),
            }),
            streamsTable(shown),
          ],
    how: say(
      'A stream-minute is one direction of one medium of one session in one minute. It has one reason: the first of loss, jitter, delay, frames that is poor. The machine is judged once a minute.',
      '流分钟指一次参会中某种媒体一个方向的一分钟。每个流分钟只有一个原因，按丢包、抖动、延迟、帧率的次序取第一个达到差的。电脑每分钟评判一次。',
    ),
  });
}

function streamsTable(streams: Report['streams']): Html {
  return html`<details>
    <summary>${both(say('As a table', '以表格显示'))}</summary>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>${both(say('Stream', '流'))}</th>
            <th class="n">${both(say('classified', '已判定'))}</th>
            <th class="n">${both(say('poor', '差'))}</th>
            ${REASONS.map((reason) => html`<th class="n">${both(REASON_NAMES[reason])}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${streams.map(
            (stream) =>
              html`<tr>
                <td>${both(streamText(stream))}</td>
                <td class="n">${count(stream.classified)}</td>
                <td class="n">${pct(shareOf(poorOf(stream), stream.classified))}</td>
                ${REASONS.map((reason) => html`<td class="n">${count(stream.poor[reason])}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

function streamsAnswer(streams: Report['streams']): Text {
  const all = streams.reduce((sum, stream) => sum + poorOf(stream), 0);
  if (all === 0) return say('No stream-minute was poor.', '没有差的流分钟。');
  const byReason = REASONS.map((reason) => ({
    reason,
    minutes: streams.reduce((sum, { poor }) => sum + poor[reason], 0),
  })).toSorted((a, b) => b.minutes - a.minutes);
  const worst = byReason[0]!;
  const where = streams.toSorted((a, b) => b.poor[worst.reason] - a.poor[worst.reason])[0]!;
  const cause = REASON_NAMES[worst.reason];
  return say(
    `Mostly ${cause.en}: ${pct(shareOf(worst.minutes, all))} of ${count(all)} poor stream-minutes; most of it in ${streamText(where).en}.`,
    `主要是${cause.zh}：占 ${count(all)} 个差的流分钟的 ${pct(shareOf(worst.minutes, all))}，其中最多的是${streamText(where).zh}。`,
  );
}

const MOST_RATIO = 2;

export function measuresFigure({ measures }: Report): Html {
  const limited = measures.filter(({ poor, fair }) => (poor ?? fair) !== null);
  const rows = limited.map((measure) => {
    const limit = measure.poor ?? measure.fair ?? 1;
    const isAbove = ruleNamed(measure.rule).limit === 'from';
    const ratio = (value: number | null): number => {
      if (value === null) return 0;
      const share = isAbove ? value / limit : value === 0 ? MOST_RATIO : limit / value;
      return Math.round(Math.min(MOST_RATIO, share) * 1000) / 10;
    };
    const points = [measure.p50, measure.p90, measure.p95, measure.p99].map(ratio);
    const steps = points.map((value, index) => Math.max(0, value - (points[index - 1] ?? 0)));
    return { measure, steps, over: (points[1] ?? 0) >= 100, name: measureText(measure) };
  });
  return figure({
    number: 5,
    question: say('How far is it from the limits?', '离阈值有多远？'),
    answer: measuresAnswer(rows),
    body:
      rows.length === 0
        ? nothing(say('Nothing was measured.', '没有测量数据。'))
        : [
            legend(
              (['p50', 'p90', 'p95', 'p99'] as const).map((key) => ({
                key,
                text: say(`${key.slice(1)} of 100 minutes`, `${key.slice(1)}% 的分钟`),
              })),
            ),
            chart({
              label: say('Spread of each measure, in percent of its poor limit', '各指标分布（占差阈值的百分比）'),
              draw: ({ language, width }) =>
                stackedRows(
                  {
                    labels: rows.map(({ name }) => name[language]),
                    series: (['p50', 'p90', 'p95', 'p99'] as const).map((key, index) => ({
                      colour: key,
                      values: rows.map(({ steps }) => steps[index] ?? 0),
                    })),
                    mark: { at: 100, text: language === 'en' ? 'poor' : '差' },
                    max: MOST_RATIO * 100,
                    format: (value) => `${value}%`,
                  },
                  { width },
                ),
            }),
            measuresTable(rows.map(({ measure, name }) => ({ measure, name }))),
          ],
    how: say(
      'Each bar ends where 50, 90, 95 and 99 of 100 minutes are not worse, as a share of the limit from which a minute is poor; cut at twice the limit. For frame rates the limit is divided by the value, so that longer is worse everywhere.',
      '每条显示 50%、90%、95%、99% 的分钟不差于的数值，以差阈值的百分比表示，超过两倍截断。帧率用阈值除以数值，因此总是越长越差。',
    ),
  });
}

function measureText({ rule, direction }: Report['measures'][number]): Text {
  const name = ruleText(rule);
  if (direction === null) return name;
  const arrow = direction === 'sent' ? '↑' : '↓';
  return say(`${name.en} ${arrow}`, `${name.zh} ${arrow}`);
}

const withUnit = (each: number | null, unit: string): string => (each === null ? '–' : `${each} ${unit}`);

function measuresTable(rows: readonly { measure: Report['measures'][number]; name: Text }[]): Html {
  return html`<details>
    <summary>${both(say('As a table', '以表格显示'))}</summary>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>${both(say('Measure', '指标'))}</th>
            <th class="n">${both(say('minutes', '分钟'))}</th>
            ${['p50', 'p90', 'p95', 'p99'].map((name) => html`<th class="n">${name}</th>`)}
            <th class="n">${both(say('fair', '一般'))}</th>
            <th class="n">${both(say('poor', '差'))}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ measure, name }) =>
              html`<tr>
                <td>${both(name)}</td>
                <td class="n">${count(measure.minutes)}</td>
                ${[measure.p50, measure.p90, measure.p95, measure.p99].map(
                  (each) => html`<td class="n">${withUnit(each, measure.unit)}</td>`,
                )}
                <td class="n">${withUnit(measure.fair, measure.unit)}</td>
                <td class="n">${withUnit(measure.poor, measure.unit)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

function measuresAnswer(rows: readonly { over: boolean; name: Text }[]): Text {
  if (rows.length === 0) return say('Nothing was measured.', '没有测量数据。');
  const over = rows.filter((row) => row.over);
  if (over.length === 0) {
    return say('Nine minutes in ten stay under the poor limit of every measure.', '所有指标都有九成分钟未达到差阈值。');
  }
  return say(
    `More than one minute in ten is beyond the poor limit of: ${over.map(({ name }) => name.en).join(', ')}.`,
    `以下指标有超过一成的分钟达到差阈值：${over.map(({ name }) => name.zh).join('、')}。`,
  );
}

const headBox = (text: Text): Html => html`<div class="head">${both(text)}</div>`;

export function machineFigure({ machine_and_network: cells, totals }: Report): Html {
  const all = cells.both + cells.machine + cells.network + cells.neither;
  const machineShare = shareOf(cells.machine, all);
  const networkShare = shareOf(cells.network, all);
  const box = (value: number): Html => html`<div><b>${count(value)}</b>${pct(shareOf(value, all))}</div>`;
  const unknown =
    cells.machine_unknown > 0
      ? say(
          ` In ${count(cells.machine_unknown)} of them nothing is known of the machine.`,
          `其中 ${count(cells.machine_unknown)} 分钟没有电脑数据。`,
        )
      : say('', '');
  const answer =
    totals.poor_minutes === 0
      ? say('No minute was poor.', '没有差的分钟。')
      : say(
          `Of ${count(all)} poor minutes, ${pct(networkShare)} had a bad network only and ${pct(machineShare)} a busy machine only.${unknown.en}`,
          `${count(all)} 个差的分钟中，${pct(networkShare)} 仅网络不好，${pct(machineShare)} 仅电脑繁忙。${unknown.zh}`,
        );
  return figure({
    number: 12,
    question: say('A new laptop or a new line?', '该换电脑还是换线路？'),
    answer,
    body: html`<div class="grid2">
      ${headBox(say('', ''))}${headBox(say('network bad', '网络差'))}${headBox(say('network fine', '网络正常'))}
      ${headBox(say('machine busy', '电脑繁忙'))}${box(cells.both)}${box(cells.machine)}
      ${headBox(say('machine fine', '电脑正常'))}${box(cells.network)}${box(cells.neither)}
    </div>`,
    how: say(
      'Poor minutes by whether a stream of theirs was poor by loss, jitter or delay, and whether the machine was poor. Poor with neither: few frames.',
      '差的分钟按是否有流因丢包、抖动或延迟为差，以及电脑是否为差分类。两者皆否：帧率低。',
    ),
  });
}
