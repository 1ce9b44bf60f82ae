/**
 * The report as one HTML file: complete without a script, no request to anywhere, both languages in it. Pure: the same
 * figures give the same bytes.
 */
import { createHash } from 'node:crypto';
import type { Report } from '../analysis/report.ts';
import { machineFigure, measuresFigure, streamsFigure } from './cause-figures.ts';
import type { Language } from './charts.ts';
import { findingText } from './finding-text.ts';
import { deskFigure, departmentsFigure, networkFigure, roomsFigure } from './group-figures.ts';
import { both, cutText, html, raw, say, type Html } from './html.ts';
import { completenessFigure, rulesFigure } from './method-figures.ts';
import { commonFigure, worstFigure } from './session-figures.ts';
import { SCRIPT, STYLE } from './style.ts';
import { daysFigure, hoursFigure, quotaFigure, tilesFigure } from './time-figures.ts';

export function reportPage(report: Report, { language }: { language: Language }): string {
  const title = say(`Video conferences ${report.from} to ${report.to}`, `视频会议报告 ${report.from} 至 ${report.to}`);
  const figures = [
    tilesFigure(report),
    daysFigure(report),
    hoursFigure(report),
    streamsFigure(report),
    measuresFigure(report),
    networkFigure(report),
    deskFigure(report),
    roomsFigure(report),
    departmentsFigure(report),
    commonFigure(report),
    worstFigure(report),
    machineFigure(report),
    quotaFigure(report),
    completenessFigure(report),
    rulesFigure(report),
  ];
  const radio = (name: Language): Html =>
    html`<input
      class="pick"
      type="radio"
      name="lang"
      id="lang-${name}"
      ${name === language ? raw(' checked') : null}
    />`;
  return `<!doctype html>\n${
    html`<html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy()}" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <title>${title[language]}</title>
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        ${radio('en')}${radio('zh')}
        <header>
          <div class="langs"><label for="lang-en">English</label><label for="lang-zh">中文</label></div>
          <h1>${both(title)}</h1>
          <p>${both(subtitle(report))}</p>
        </header>
        <main>${findingsSection(report)}${figures}</main>
        <footer>${both(footer(report))}</footer>
        ${raw(`<script>${SCRIPT}</script>`)}
      </body>
    </html>`.markup
  }\n`;
}

const policyHash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but this page's own style and script, each by its hash. */
function policy(): string {
  return `default-src 'none'; style-src ${policyHash(STYLE)}; script-src ${policyHash(SCRIPT)}; base-uri 'none'; form-action 'none'`;
}

function subtitle({ profile, zone, rules, pseudonymous }: Report) {
  const hidden = pseudonymous
    ? say(' · people and meetings by number, addresses as networks', ' · 人员与会议以编号显示，地址以网段显示')
    : say('', '');
  return say(
    `Profile ${cutText(profile, 40)} · times in ${zone} · rules “${cutText(rules.name, 40)}”${hidden.en}`,
    `配置 ${cutText(profile, 40)} · 时区 ${zone} · 规则“${cutText(rules.name, 40)}”${hidden.zh}`,
  );
}

function findingsSection({ findings }: Report): Html {
  const list =
    findings.length === 0
      ? html`<li class="calm">
          ${both(
            say(
              'Nothing: no place, equipment, version, day or room is far worse than the rest.',
              '没有：没有哪个地点、设备、版本、日期或会议室明显差于其余。',
            ),
          )}
        </li>`
      : findings.map((finding) => html`<li>${both(findingText(finding))}</li>`);
  return html`<section>
    <h2>${both(say('What stands out?', '哪些地方突出？'))}</h2>
    <ul class="findings">
      ${list}
    </ul>
  </section>`;
}

function footer({ product, completeness, profile }: Report) {
  const hash = createHash('sha256');
  for (const { day, rows_hash: rowsHash } of completeness) hash.update(`${day} ${rowsHash}\n`);
  const data = hash.digest('hex').slice(0, 16);
  return say(
    `Made by ${product} from the tables of profile ${profile}; hash of the days’ rows ${data}. The page holds personal data unless it says that people are shown by number: hand it on accordingly.`,
    `由 ${product} 根据配置 ${profile} 的数据表生成；各日数据行哈希 ${data}。除非注明人员以编号显示，本页含个人信息，请妥善传递。`,
  );
}
