/** What things are called, in both languages. */
import type { Dimension } from '../analysis/groups.ts';
import type { Direction, Medium, Reason, RuleName, Verdict } from '../analysis/rules.ts';
import { say, type Text } from './html.ts';

export const MEDIUM_NAMES: Record<Medium | 'machine', Text> = {
  audio: say('audio', '音频'),
  video: say('video', '视频'),
  screen_sharing: say('sharing', '共享'),
  machine: say('machine', '电脑'),
};
export const DIRECTION_NAMES: Record<Direction, Text> = {
  received: say('received', '接收'),
  sent: say('sent', '发送'),
};
export const REASON_NAMES: Record<Reason, Text> = {
  loss: say('loss', '丢包'),
  jitter: say('jitter', '抖动'),
  delay: say('delay', '延迟'),
  frames: say('few frames', '帧率低'),
  machine: say('busy machine', 'CPU 占满'),
};
export const VERDICT_NAMES: Record<Verdict | 'missing', Text> = {
  good: say('good', '良好'),
  fair: say('fair', '一般'),
  poor: say('poor', '差'),
  unclassified: say('unclassified', '无法判定'),
  missing: say('missing', '缺数据'),
};
export const DIMENSION_NAMES: Record<Dimension, Text> = {
  address: say('Public address', '公网地址'),
  network: say('Internal network', '内网网段'),
  location: say('Location', '位置'),
  network_type: say('Network type', '网络类型'),
  protocol: say('Protocol', '传输协议'),
  proxy: say('Proxy', '代理'),
  device: say('Device', '设备'),
  app_version: say('Client version', '客户端版本'),
  microphone: say('Microphone', '麦克风'),
  camera: say('Camera', '摄像头'),
  department: say('Department', '部门'),
};
export const WEEKDAYS: readonly Text[] = [
  say('Mon', '周一'),
  say('Tue', '周二'),
  say('Wed', '周三'),
  say('Thu', '周四'),
  say('Fri', '周五'),
  say('Sat', '周六'),
  say('Sun', '周日'),
];

const MEASURES: Record<string, Text> = {
  loss_pct: say('loss', '丢包'),
  loss_burst_pct: say('loss in bursts', '突发丢包'),
  jitter_ms: say('jitter', '抖动'),
  delay_ms: say('delay', '延迟'),
  framerate_fps: say('frame rate', '帧率'),
  avg_cpu_pct: say('CPU, average', 'CPU 平均'),
  max_cpu_pct: say('CPU, highest', 'CPU 最高'),
};

/** `audio loss`, `音频丢包` */
export function ruleText(rule: RuleName): Text {
  const medium = (['audio', 'video', 'screen_sharing'] as const).find((name) => rule.startsWith(name));
  const of = medium ? MEDIUM_NAMES[medium] : say('', '系统 ');
  const measure = MEASURES[rule.slice(medium ? medium.length + 1 : 'system_'.length)] ?? say(rule, rule);
  return say(`${of.en} ${measure.en}`.trim(), `${of.zh}${measure.zh}`);
}
