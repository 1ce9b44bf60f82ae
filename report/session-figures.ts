/** Figures 10 and 11: meetings in which many went bad at once, and the worst sessions minute by minute. */
import type { Report } from '../analysis/report.ts';
import { REASONS, type Reason } from '../analysis/rules.ts';
import { LANES, type WorstSession } from '../analysis/worst.ts';
import { figure, legend, nothing } from './figure.ts';
import { both, count, cutText, html, say, type Html, type Text } from './html.ts';
import { MEDIUM_NAMES, REASON_NAMES, VERDICT_NAMES } from './words.ts';

const at = (local: string): string => local.replace('T', ' ');

export function commonFigure({ common }: Report): Html {
  const [worst] = common;
  return figure({
    number: 10,
    question: say('In which meetings did many go bad at once?', '哪些会议里很多人同时变差？'),
    answer: worst
      ? say(
          `In ${count(common.length)}${common.length === 10 ? ' or more' : ''} meetings most sessions were poor in the same minutes: look for one cause, the sender, the site or the service. Most in “${cutText(worst.topic, 40)}” on ${worst.start.slice(0, 10)}, for ${count(worst.minutes)} minutes.`,
          `有 ${count(common.length)} 场${common.length === 10 ? '以上' : ''}会议中大多数人在同一分钟变差：应找共同原因，如发送方、场地或服务。最严重的是 ${worst.start.slice(0, 10)} 的“${cutText(worst.topic, 40)}”，共 ${count(worst.minutes)} 分钟。`,
        )
      : say('In none: poor minutes came one by one.', '没有：差的分钟都是零散出现的。'),
    body: worst
      ? html`<div class="scroll">
          <table class="sort">
            <thead>
              <tr>
                <th>${both(say('Meeting', '会议'))}</th>
                <th>${both(say('Start', '开始'))}</th>
                <th class="n">${both(say('minutes', '分钟'))}</th>
                <th>${both(say('from', '起始'))}</th>
                <th class="n">${both(say('poor at once', '同时变差'))}</th>
              </tr>
            </thead>
            <tbody>
              ${common.map(
                (each) =>
                  html`<tr>
                    <td class="name">
                      ${cutText(each.topic)}${each.meeting_no === '' ? '' : html` <small>${each.meeting_no}</small>`}
                    </td>
                    <td class="when">${at(each.start)}</td>
                    <td class="n">${count(each.minutes)}</td>
                    <td>${each.first.slice(11)}</td>
                    <td class="n">${count(each.most_poor)} / ${count(each.sessions)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`
      : nothing(say('Nothing to show.', '无内容。')),
    how: say(
      'Minutes in which at least three sessions of a meeting are classified and 60 % of them poor.',
      '同一会议中至少三次参会可判定、且其中 60% 为差的分钟。',
    ),
  });
}

export function worstFigure({ worst, rules }: Report): Html {
  const [first] = worst;
  // All share one scale.
  const longest = Math.max(...worst.map(({ lanes }) => lanes.audio.length));
  return figure({
    number: 11,
    question: say('What happened in the worst sessions, and when?', '最差的参会发生了什么，何时发生？'),
    answer: first
      ? say(
          `The longest trouble: ${cutText(first.name, 40)} on ${at(first.start)}, ${count(first.longest_run)} poor minutes in a row, mostly ${reasonText(first.reason).en}.`,
          `持续最久：${cutText(first.name, 40)}，${at(first.start)}，连续 ${count(first.longest_run)} 分钟为差，主要是${reasonText(first.reason).zh}。`,
        )
      : say('No session was poor.', '没有质量差的参会。'),
    body: first
      ? [
          legend((['poor', 'fair', 'good'] as const).map((key) => ({ key, text: VERDICT_NAMES[key] }))),
          worst.map((session) => sessionBlock(session, longest)),
        ]
      : nothing(say('Nothing to show.', '无内容。')),
    how: say(
      `At most 20, those with ${rules.session.long_run_minutes} or more poor minutes in a row first, then by poor minutes. The higher the mark, the worse the minute; where a session is long, a mark stands for several minutes and shows the worst.`,
      `最多 20 次，连续 ${rules.session.long_run_minutes} 分钟以上为差的在前，再按差的分钟数排序。标记越高越差；参会很长时一个标记代表数分钟中最差的一分钟。`,
    ),
  });
}

function reasonText(reason: string): Text {
  const known = REASONS.find((each) => each === reason);
  return known === undefined ? say(reason, reason) : REASON_NAMES[known satisfies Reason];
}

function sessionBlock(session: WorstSession, longest: number): Html {
  const { name, device, topic, start, poor, classified, longest_run: run, reason, lanes } = session;
  const used = LANES.filter((lane) => /[pfg]/.test(lanes[lane]));
  const facts = say(
    `${at(start)} · ${count(poor)} of ${count(classified)} minutes poor, ${count(run)} in a row, ${reasonText(reason).en}`,
    `${at(start)} · ${count(classified)} 分钟中 ${count(poor)} 分钟差，连续 ${count(run)} 分钟，${reasonText(reason).zh}`,
  );
  return html`<div class="session">
    <p><b>${cutText(name, 40)}</b> · ${cutText(device, 20)} · ${cutText(topic, 60)}<br />${both(facts)}</p>
    <div class="lanes">
      ${used.map((lane) => html`<span>${both(MEDIUM_NAMES[lane])}</span>${laneSvg(lanes[lane], longest)}`)}
    </div>
  </div>`;
}

/** Poor full, fair two thirds, good a third: the height says it without colour. One path for each verdict. */
const MARKS = [
  { letter: 'g', key: 'good', height: 4 },
  { letter: 'f', key: 'fair', height: 8 },
  { letter: 'p', key: 'poor', height: 12 },
] as const;
const STEP = 6;

function laneSvg(lane: string, longest: number): Html {
  const paths = MARKS.map(({ letter, key, height }) => {
    const d = Array.from(lane)
      .map((each, index) =>
        each === letter ? `M${index * STEP} ${12 - height}h${STEP - 1}v${height}h-${STEP - 1}z` : '',
      )
      .join('');
    return d === '' ? null : html`<path class="f-${key}" d="${d}" />`;
  });
  return html`<svg viewBox="0 0 ${longest * STEP} 12" preserveAspectRatio="none" aria-hidden="true">
    <path class="f-none" d="M0 11.5h${lane.length * STEP}v.5h-${lane.length * STEP}z" />
    ${paths}
  </svg>`;
}
