/** What the service offers, for both sides; loaded in workflows too, so it holds nothing but names and types. */
import type { ExportDayResult, MeetingQualityResult, RawInputs } from 'feishu-vc-export';
import { operation, service } from 'nexus-rpc';

export const feishuVc = service('feishu-vc', {
  exportDay: operation<RawInputs['exportDay'], ExportDayResult>(),
  meetingQuality: operation<RawInputs['meetingQuality'], MeetingQualityResult>(),
});
