/** A finding as one sentence. */
import type { Finding, QualityFinding } from '../analysis/findings.ts';
import { count, cutText, pct, say, type Text } from './html.ts';
import { REASON_NAMES } from './words.ts';

export function findingText(finding: Finding): Text {
  switch (finding.kind) {
    case 'room': {
      const { name, bookings, no_shows: noShows, pct: share, pct_elsewhere: elsewhere, hours } = finding;
      return say(
        `Room ${cutText(name)}: nobody came to ${count(noShows)} of ${count(bookings)} bookings (${pct(share)}, other rooms ${pct(elsewhere)}), ${count(hours)} hours in all.`,
        `会议室 ${cutText(name)}：${count(bookings)} 次预定中有 ${count(noShows)} 次无人到场（${pct(share)}，其他会议室 ${pct(elsewhere)}），共 ${count(hours)} 小时。`,
      );
    }
    case 'quality':
      return qualityText(finding);
  }
}

function qualityText(finding: QualityFinding): Text {
  const { classified, poor, pct: share, pct_elsewhere: elsewhere, people, sessions, reason, direction } = finding;
  const who = subjectText(finding);
  const way =
    direction === 'sent'
      ? say(' in what they send', '（上行）')
      : direction === 'received'
        ? say(' in what they receive', '（下行）')
        : say('', '');
  const why = REASON_NAMES[reason];
  return say(
    `${capitalized(who.en)}: ${count(poor)} of ${count(classified)} minutes poor (${pct(share)}, all others ${pct(elsewhere)}), mostly ${why.en}${way.en}; ${count(sessions)} sessions of ${count(people)} people.`,
    `${who.zh}：${count(classified)} 分钟中有 ${count(poor)} 分钟差（${pct(share)}，其余 ${pct(elsewhere)}），主要是${why.zh}${way.zh}；${count(people)} 人的 ${count(sessions)} 次参会。`,
  );
}

/** `public address 203.0.113.10, between 10:00 and 10:59` */
function subjectText({ names }: QualityFinding): Text {
  const parts = Object.entries(names).map(([column, value]) => partText(column, cutText(String(value))));
  return say(parts.map(({ en }) => en).join(', '), parts.map(({ zh }) => zh).join('，'));
}

function partText(column: string, value: string): Text {
  switch (column) {
    case 'address':
      return say(`public address ${value}`, `公网地址 ${value}`);
    case 'hour': {
      const hour = value.padStart(2, '0');
      return say(`between ${hour}:00 and ${hour}:59`, `${hour}:00 至 ${hour}:59`);
    }
    case 'network':
      return say(`internal network ${value}`, `内网 ${value}`);
    case 'network_type':
      return say(`on ${value}`, `网络类型 ${value}`);
    case 'protocol':
      return say(`over ${value.toUpperCase()}`, `走 ${value.toUpperCase()}`);
    case 'proxy':
      return value === 'true' ? say('through a proxy', '经代理') : say('without a proxy', '不经代理');
    case 'app_version':
      return say(`client version ${value}`, `客户端版本 ${value}`);
    case 'camera':
      return say(`computers with the camera ${value}`, `摄像头为 ${value} 的电脑`);
    case 'microphone':
      return say(`computers with the microphone ${value}`, `麦克风为 ${value} 的电脑`);
    case 'local_day':
      return say(`the whole of ${value}`, `${value} 全天`);
    case 'device':
      return say(`device ${value}`, `设备 ${value}`);
    case 'location':
      return say(`location ${value}`, `位置 ${value}`);
    default:
      return say(`${column} ${value}`, `${column} ${value}`);
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
