/** Figures 14 and 15: what is missing, and how it is judged. */
import { judgedMinutesSql } from '../analysis/minutes-sql.ts';
import type { Report } from '../analysis/report.ts';
import { RULE_NAMES, ruleNamed } from '../analysis/rules.ts';
import { figure } from './figure.ts';
import { both, count, cutText, html, pct, say, shareOf, type Html, type Text } from './html.ts';
import { ruleText } from './words.ts';

const STATES = {
  complete: say('complete', '完整'),
  gaps: say('with gaps', '有缺口'),
  missing: say('not exported', '未导出'),
} as const;
const MOST_GAPS = 12;

export function completenessFigure(report: Report): Html {
  const { completeness, units } = report;
  const gaps = sumOfGaps(completeness);
  return figure({
    number: 14,
    question: say('Can I believe it?', '数据可信吗？'),
    answer: completenessAnswer(report),
    body: [
      html`<ul class="legend">
        ${(['complete', 'gaps', 'missing'] as const).map(
          (state) =>
            html`<li>
              <i class="k-${{ complete: 'good', gaps: 'fair', missing: 'missing' }[state]}"></i>${both(STATES[state])}
            </li>`,
        )}
      </ul>`,
      html`<div class="days">
        ${completeness.map(({ day, state }) => html`<span class="d-${state}">${day.slice(5)}</span>`)}
      </div>`,
      units.length === 0 ? null : unitsTable(units),
      gaps.length === 0 ? null : gapsTable(gaps),
    ],
    how: say(
      'From the manifests of the days and the table units: one unit is the quality of one session, asked of Feishu. Empty means that Feishu has nothing; skipped, that nobody can be asked about it (guests, phone callers). Missing data is grey in every figure and counts as no verdict, never as zero.',
      '来自每日清单和 units 表：一个单元是向飞书查询的一次参会质量。empty 表示飞书没有数据；skipped 表示无法查询（访客、电话）。缺失的数据在各图中为灰色，不参与评判，绝不算作零。',
    ),
  });
}

function completenessAnswer({ completeness, units, sources }: Report): Text {
  const of = (state: string): number => completeness.filter((day) => day.state === state).length;
  const all = units.reduce((sum, unit) => sum + unit.count, 0);
  const done = units.filter(({ status }) => status === 'done').reduce((sum, unit) => sum + unit.count, 0);
  const from = sources.map(({ source, minutes }) => `${source} ${count(minutes)}`).join(', ');
  return say(
    `${count(of('complete'))} of ${count(completeness.length)} days are complete, ${count(of('gaps'))} with gaps, ${count(of('missing'))} not exported; ${pct(shareOf(done, all))} of ${count(all)} sessions have their minutes${from === '' ? '' : ` (minutes by source: ${from})`}.`,
    `${count(completeness.length)} 天中 ${count(of('complete'))} 天完整，${count(of('gaps'))} 天有缺口，${count(of('missing'))} 天未导出；${count(all)} 次参会中 ${pct(shareOf(done, all))} 有分钟数据${from === '' ? '' : `（分钟来源：${from}）`}。`,
  );
}

function unitsTable(units: Report['units']): Html {
  return html`<h3 class="subhead">${both(say('Sessions by what became of their quality', '参会质量查询结果'))}</h3>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>${both(say('Status', '状态'))}</th>
            <th class="n">${both(say('sessions', '参会'))}</th>
            <th>${both(say('Reasons', '原因'))}</th>
          </tr>
        </thead>
        <tbody>
          ${units.map(
            ({ status, count: n, reasons }) =>
              html`<tr>
                <td>${cutText(status)}</td>
                <td class="n">${count(n)}</td>
                <td class="name">
                  ${reasons.map((each) => html`${cutText(each.reason)} (${count(each.count)})<br />`)}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

interface GapSum {
  table: string;
  reason: string;
  count: number;
  days: number;
}

function sumOfGaps(completeness: Report['completeness']): GapSum[] {
  const sums = new Map<string, GapSum>();
  for (const gap of completeness.flatMap(({ gaps }) => gaps)) {
    const key = JSON.stringify([gap.table, gap.reason]);
    const known = sums.get(key) ?? { table: gap.table, reason: gap.reason, count: 0, days: 0 };
    sums.set(key, { ...known, count: known.count + gap.count, days: known.days + 1 });
  }
  return [...sums.values()].toSorted((a, b) => b.days - a.days || b.count - a.count);
}

function gapsTable(gaps: readonly GapSum[]): Html {
  const more = gaps.length - MOST_GAPS;
  return html`<h3 class="subhead">${both(say('Gaps', '缺口'))}</h3>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>${both(say('Table', '表'))}</th>
            <th>${both(say('Reason', '原因'))}</th>
            <th class="n">${both(say('days', '天'))}</th>
            <th class="n">${both(say('missing', '缺失'))}</th>
          </tr>
        </thead>
        <tbody>
          ${gaps.slice(0, MOST_GAPS).map(
            (gap) =>
              html`<tr>
                <td>${cutText(gap.table)}</td>
                <td class="name">${cutText(gap.reason, 160)}</td>
                <td class="n">${count(gap.days)}</td>
                <td class="n">${count(gap.count)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${more > 0 ? html`<p class="note">${both(say(`and ${count(more)} more`, `另有 ${count(more)} 种`))}</p>` : null}`;
}

const limitText = (value: number | null, unit: string, isAbove: boolean): string =>
  value === null ? '–' : `${isAbove ? '≥' : '<'} ${value} ${unit}`;

export function rulesFigure(report: Report): Html {
  const { rules } = report;
  const rows = RULE_NAMES.map((name) => {
    const { unit, limit: kind } = ruleNamed(name);
    const set = rules.rules[name];
    const isAbove = kind === 'from';
    return html`<tr${set ? null : html` class="few"`}><td>${both(ruleText(name))}</td><td class="n">${set ? limitText(set.fair, unit, isAbove) : both(say('off', '关闭'))}</td>
      <td class="n">${set ? limitText(set.poor, unit, isAbove) : ''}</td><td class="name">${set ? cutText(set.source, 160) : ''}</td></tr>`;
  });
  const { session } = rules;
  return figure({
    number: 15,
    question: say('How is it judged, and after whom?', '如何评判，依据是谁？'),
    answer: say(
      `Rule set “${cutText(rules.name, 40)}”, by the minute; Feishu publishes no limits of its own.`,
      `规则集“${cutText(rules.name, 40)}”，按分钟评判；飞书没有公布自己的阈值。`,
    ),
    folded: true,
    body: [
      html`<div class="scroll">
        <table>
          <thead>
            <tr>
              <th>${both(say('Measure', '指标'))}</th>
              <th class="n">${both(say('fair', '一般'))}</th>
              <th class="n">${both(say('poor', '差'))}</th>
              <th>${both(say('After', '依据'))}</th>
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>
      </div>`,
      html`<p>
        ${both(
          say(
            `A session is fair from ${session.fair_pct} % poor minutes on, poor above ${session.poor_pct} %, unclassified under ${session.least_minutes} classified minutes (${session.source}).`,
            `差的分钟达到 ${session.fair_pct}% 为一般，超过 ${session.poor_pct}% 为差，已判定分钟不足 ${session.least_minutes} 为无法判定（${session.source}）。`,
          ),
        )}
      </p>`,
      METHOD.map((text) => html`<p>${both(text)}</p>`),
      html`<details>
        <summary>SQL</summary>
        <pre>${judgedMinutesSql(rules, { from: 'quality_minutes' }).replaceAll(/\n +/g, '\n  ')}</pre>
      </details>`,
    ],
  });
}

const METHOD: readonly Text[] = [
  say(
    'A minute is as bad as its worst active stream or its machine. A stream is active with a bitrate above zero; without a value it is unclassified, not good. Loss by medium is in Feishu’s files only; where the list was asked alone, the loss of the network stands for it.',
    '一分钟的评判取其最差的活跃流或电脑。码率大于零的流为活跃；没有数值的流无法判定，而不是良好。分媒体丢包仅在飞书文件中有；只使用列表接口时以网络丢包代替。',
  ),
  say(
    'Microsoft’s classifier, from which several limits come, judges whole streams by their averages; minutes are stricter, since an average hides bursts. Poor says something of the network or the machine, not that somebody was unhappy. Whether Feishu’s delay is one way or round trip is not documented.',
    '多项阈值借自微软的分类器，它按整条流的平均值评判；按分钟更严格，因为平均值会掩盖突发。差描述的是网络或电脑，不等于有人不满。飞书的延迟是单程还是往返没有文档说明。',
  ),
];
