/** `schedule create|list|pause|resume|delete`, and `setup` */
import { Argument, Option, type Command } from 'commander';
import type { ScheduleInput, ScheduleState } from '../schedules.ts';
import { CliError } from './failures.ts';
import { addDayOptions, DAY_FIELDS, fieldsOf, JSON_OUTPUT, parseWholeNumber, type OptionValues } from './options.ts';
import { createOutput } from './output.ts';
import { withClient } from './session.ts';

export function addScheduleCommands(program: Command): void {
  const schedule = program
    .command('schedule')
    .description('backfills that start by themselves, every day or every month')
    .addHelpText('after', '\nExample:\n  feishu-vc schedule create nightly daily --at 07:00');
  addCreate(schedule);
  addList(schedule);
  addChange(schedule, { name: 'pause', does: 'start nothing until resumed; what runs goes on', done: 'Paused.' });
  addChange(schedule, { name: 'resume', does: 'go on after a pause', done: 'Resumed.' });
  addChange(schedule, { name: 'delete', does: 'delete it; what it has started goes on', done: 'Deleted.' });
  addSetup(program);
}

function addCreate(schedule: Command): void {
  const command = schedule
    .command('create')
    .description('create a schedule; one that is there with the same settings is left as it is')
    .argument('<name>', 'letters, digits, . _ -')
    .addArgument(new Argument('<every>', 'how often').choices(['daily', 'monthly']))
    .option('--at <time>', 'HH:mm in the time zone (default: 07:00)')
    .addOption(
      new Option('--look-back <days>', 'daily: days before today that each run looks at (default: 7)').argParser(
        parseWholeNumber,
      ),
    )
    .addOption(
      new Option(
        '--day-of-month <day>',
        'monthly: 1 to 28, and the day after; the runs are about the month before (default: 2)',
      ).argParser(parseWholeNumber),
    )
    .option('--time-zone <zone>', 'the zone of the profile (default: FEISHU_TIME_ZONE, else Asia/Shanghai)')
    .addOption(
      new Option('--catch-up <days>', 'make up for starts missed in an outage of the server (default: 7)').argParser(
        parseWholeNumber,
      ),
    )
    .addOption(
      new Option('--jitter <minutes>', 'spread starts over so many minutes (default: 5)').argParser(parseWholeNumber),
    )
    .option('--order <order>', 'newest-first or oldest-first (default: newest-first)')
    .addOption(new Option('--concurrency <days>', 'days at a time, 1 to 7 (default: 2)').argParser(parseWholeNumber));
  addDayOptions(command, { refresh: 'unsettled' })
    .addOption(JSON_OUTPUT())
    .addHelpText(
      'after',
      '\nExamples:\n  feishu-vc schedule create nightly daily --at 07:00 --look-back 7\n' +
        '  feishu-vc schedule create months monthly --day-of-month 2 --time-zone Asia/Tokyo',
    )
    .action(async (name: string, every: 'daily' | 'monthly', options: OptionValues & { json?: boolean }) => {
      const output = createOutput(options);
      const input = scheduleInput(name, every, options);
      const { scheduleId, created } = await withClient((client) => client.schedules.create(input));
      output.print({ schedule_id: scheduleId, created }, [
        created ? `Created ${scheduleId}` : `${scheduleId} is there already, with the same settings.`,
        'To see when it starts:\n  feishu-vc schedule list',
      ]);
    });
}

function scheduleInput(name: string, every: 'daily' | 'monthly', options: OptionValues): ScheduleInput {
  const given = {
    at: options['at'],
    lookBackDays: options['lookBack'],
    dayOfMonth: options['dayOfMonth'],
    timeZone: options['timeZone'] ?? (process.env['FEISHU_TIME_ZONE'] || undefined),
    catchUpDays: options['catchUp'],
    jitterMinutes: options['jitter'],
  };
  const backfill = fieldsOf(options, ['order', 'concurrency', ...DAY_FIELDS]);
  // Checked field by field where the schedule is made.
  return { name, every, backfill, ...given } as ScheduleInput;
}

function addList(schedule: Command): void {
  schedule
    .command('list')
    .description('list the schedules of this task queue, with their next and last starts')
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc schedule list')
    .action(async (options: { json?: boolean }) => {
      const output = createOutput(options);
      const schedules = await withClient((client) => client.schedules.list());
      const lines = schedules.flatMap(scheduleLines);
      output.print(schedules.map(scheduleData), lines.length > 0 ? lines : ['No schedules.']);
    });
}

function scheduleData(state: ScheduleState): Record<string, unknown> {
  return {
    name: state.name,
    schedule_id: state.scheduleId,
    every: state.every,
    profile: state.profile,
    at: state.at,
    time_zone: state.timeZone,
    paused: state.paused,
    note: state.note,
    next: state.next.map((time) => time.toISOString()),
    recent: state.recent.map(({ scheduledAt, workflowId }) => ({
      scheduled_at: scheduledAt.toISOString(),
      workflow_id: workflowId,
    })),
  };
}

export function scheduleLines(state: ScheduleState): string[] {
  const { name, every, at, timeZone, profile, paused, note, next, recent } = state;
  const when = paused ? `paused${note === null ? '' : ` (${note})`}` : `next ${next[0]?.toISOString() ?? 'never'}`;
  const [last] = recent;
  return [
    `${name}  ${every} at ${at} ${timeZone}, profile ${profile}; ${when}`,
    ...(last ? [`  last ${last.scheduledAt.toISOString()}  ${last.workflowId}`] : []),
  ];
}

function addChange(
  schedule: Command,
  { name, does, done }: { name: 'pause' | 'resume' | 'delete'; does: string; done: string },
): void {
  const command = schedule.command(name).description(does).argument('<name>', 'name of the schedule');
  if (name !== 'delete') command.option('--note <text>', 'why; shown in the list');
  command
    .addOption(JSON_OUTPUT())
    .addHelpText('after', `\nExample:\n  feishu-vc schedule ${name} nightly`)
    .action(async (scheduleName: string, options: { json?: boolean; note?: string }) => {
      const output = createOutput(options);
      await withClient((client) => client.schedules[name](scheduleName, options.note));
      output.print({ name: scheduleName, done: name }, [`${scheduleName}: ${done}`]);
    });
}

function addSetup(program: Command): void {
  program
    .command('setup')
    .description('register the search attributes, so that runs are found by profile, resource, day and status')
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc setup\n  temporal workflow list --query "FeishuStatus = \'paused\'"')
    .action(async (options: { json?: boolean }) => {
      const output = createOutput(options);
      const { added, present, taken } = await withClient(async (client) => {
        try {
          return await client.registerSearchAttributes();
        } catch (error) {
          throw new CliError(
            {
              what: 'The search attributes could not be registered. Everything works without them.',
              why: error instanceof Error ? error.message : String(error),
              next: 'Have somebody with the right register FeishuProfile, FeishuDay, FeishuStatus (Keyword) and FeishuResource (KeywordList).',
            },
            { cause: error },
          );
        }
      });
      output.print({ added, present, taken }, [
        ...(added.length > 0 ? [`Registered ${added.join(', ')}. Workers use them within two minutes.`] : []),
        ...(present.length > 0 ? [`There already: ${present.join(', ')}.`] : []),
        ...(taken.length > 0 ? [`Of another type, which cannot be changed, and left alone: ${taken.join(', ')}.`] : []),
      ]);
    });
}
