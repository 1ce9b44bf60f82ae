/** A day asked for under another id than its own: it runs as a child under its own, and messages are passed on. */
import { setHandler } from '@temporalio/workflow';
import type { DayWindow } from '../../activities/index.ts';
import type { ExportDayInput } from '../input.ts';
import { dayReportSignal, progressQuery, type DayReport, type ExportDayResult, type Progress } from '../messages.ts';
import { failure } from '../common/outcomes.ts';
import { dayProgress, finishedUnits, Rate, showDetails } from '../common/progress.ts';
import { runDayUnderItsId } from './run.ts';
import { Steering } from '../common/steering.ts';
import { settings } from '../common/activities.ts';

/** Runs the day under its own id and passes messages on. */
export async function runUnderDayLock(input: ExportDayInput): Promise<ExportDayResult> {
  const startedAtMs = Date.now();
  let holder: string | null = null;
  let report: DayReport = { day: input.day, doing: 'starting', units: { total: 0 }, calls: 0, waiting_for: null };
  const rate = new Rate();
  const steering = new Steering();
  const progress = (): Progress =>
    dayProgress(
      { ...report, waiting_for: holder ?? report.waiting_for },
      { rate, paused: steering.paused, startedAtMs },
    );
  setHandler(progressQuery, progress);
  setHandler(dayReportSignal, (news) => {
    report = news;
    rate.mark(news.calls, finishedUnits(news.units));
    showDetails(progress());
  });
  await begunDay(input);
  return await runDayUnderItsId({
    input,
    steering,
    onWaiting: (who) => {
      holder = who;
      showDetails(progress());
    },
  });
}

/** @throws ApplicationFailure `InvalidInput` for a day that has not begun */
export async function begunDay(input: ExportDayInput): Promise<DayWindow> {
  const window = await settings.describeDay({ profile: input.profile, day: input.day });
  if (window.from * 1000 <= Date.now()) return window;
  const message = `exportDay: day: takes a day that has begun in ${window.time_zone}; ${input.day} has not`;
  throw failure('InvalidInput', message, { field: 'day', message });
}
