/**
 * A notice as a card of a Feishu group, in the language of whoever reads it. All text is plain: what operators named cannot
 * become a link or call people.
 */
import type { BackfillEnded, DaysIncomplete, Notice, PersonNeeded } from './notice.ts';

type Language = 'en_us' | 'zh_cn';
/** Title first, then a line each. */
type Text = [title: string, ...lines: string[]];

export interface Card {
  config: { wide_screen_mode: true };
  header: {
    template: 'green' | 'orange' | 'red';
    title: { tag: 'plain_text'; content: string; i18n: Record<Language, string> };
  };
  i18n_elements: Record<Language, { tag: 'div'; text: { tag: 'plain_text'; content: string } }[]>;
}

export function cardOf(notice: Notice): Card {
  const texts = { en_us: textOf(notice, 'en_us'), zh_cn: textOf(notice, 'zh_cn') };
  const i18n = { en_us: texts.en_us[0], zh_cn: texts.zh_cn[0] };
  return {
    config: { wide_screen_mode: true },
    header: { template: colourOf(notice), title: { tag: 'plain_text', content: i18n.zh_cn, i18n } },
    i18n_elements: { en_us: linesOf(texts.en_us), zh_cn: linesOf(texts.zh_cn) },
  };
}

function linesOf([, ...lines]: Text): Card['i18n_elements'][Language] {
  return lines.map((content) => ({ tag: 'div', text: { tag: 'plain_text', content } }));
}

function colourOf(notice: Notice): Card['header']['template'] {
  if (notice.kind !== 'backfill_ended') return 'red';
  if (notice.status === 'complete') return 'green';
  return notice.status === 'failed' ? 'red' : 'orange';
}

function textOf(notice: Notice, language: Language): Text {
  switch (notice.kind) {
    case 'backfill_ended':
      return endedText(notice, language);
    case 'person_needed':
      return personText(notice, language);
    case 'days_incomplete':
      return daysText(notice, language);
  }
}

const STATUS: Record<Language, Record<BackfillEnded['status'], string>> = {
  en_us: {
    complete: 'complete',
    incomplete: 'ended with gaps',
    failed: 'failed',
    cancelled: 'cancelled',
    terminated: 'terminated',
    'timed-out': 'timed out',
  },
  zh_cn: {
    complete: '完成',
    incomplete: '结束，有缺口',
    failed: '失败',
    cancelled: '已取消',
    terminated: '被终止',
    'timed-out': '超时',
  },
};

function endedText(notice: BackfillEnded, language: Language): Text {
  const { profile, schedule, range, counts, failure, command } = notice;
  const status = STATUS[language][notice.status];
  const days = range === null ? null : range.from === range.to ? range.from : `${range.from} – ${range.to}`;
  if (language === 'zh_cn') {
    const who = `配置 ${profile}${schedule === null ? '' : `，计划任务 ${schedule}`}`;
    return [
      `会议数据导出：${status}`,
      days === null ? who : `${who}，日期 ${days}`,
      ...(failure === null ? [] : [`失败类型：${failure}`]),
      ...(counts === null
        ? []
        : [
            `天数：${listed(counts.days)}`,
            `行数：${listed(counts.rows)}`,
            `缺口 ${counts.gaps}，调用 ${counts.calls} 次`,
          ]),
      `详情：${command}`,
    ];
  }
  const who = `Profile ${profile}${schedule === null ? '' : `, schedule ${schedule}`}`;
  return [
    `Export of meeting data: ${status}`,
    days === null ? who : `${who}, ${days}`,
    ...(failure === null ? [] : [`Type of the failure: ${failure}`]),
    ...(counts === null
      ? []
      : [`Days: ${listed(counts.days)}`, `Rows: ${listed(counts.rows)}`, `Gaps ${counts.gaps}, calls ${counts.calls}`]),
    `More: ${command}`,
  ];
}

function personText({ profile, since, command }: PersonNeeded, language: Language): Text {
  if (language === 'zh_cn') {
    return ['会议数据导出：需要人工处理', `配置 ${profile} 的调用自 ${since} 起在等待登录或凭证`, `请运行：${command}`];
  }
  return [
    'Export of meeting data: a person is needed',
    `Calls of profile ${profile} wait for a log-in or credentials since ${since}`,
    `To type: ${command}`,
  ];
}

/** A bot takes 20 KB in all. */
const DAYS_SHOWN = 40;

function daysText({ profile, schedule, days, command }: DaysIncomplete, language: Language): Text {
  const lines = days.slice(0, DAYS_SHOWN).map(({ day, gaps }) => {
    return `${day}: ${gaps.map(({ kind, count }) => `${kind} ${count}`).join(', ')}`;
  });
  const rest = days.length - lines.length;
  if (language === 'zh_cn') {
    return [
      '会议数据导出：有日期仍不完整',
      `配置 ${profile}，计划任务 ${schedule} 不会再查看这些日期`,
      ...lines,
      ...(rest > 0 ? [`另有 ${rest} 天`] : []),
      `请运行：${command}`,
    ];
  }
  return [
    'Export of meeting data: days stay incomplete',
    `Profile ${profile}; schedule ${schedule} does not look at these days again`,
    ...lines,
    ...(rest > 0 ? [`and ${rest} more`] : []),
    `To type: ${command}`,
  ];
}

function listed(counts: Record<string, number>): string {
  return (
    Object.entries(counts)
      .filter(([, count]) => count !== 0)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || '0'
  );
}
