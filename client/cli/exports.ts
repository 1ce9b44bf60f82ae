/** `export`, `quality` and `day`: one run each, waited for. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Argument, Option, type Command } from 'commander';
import { EXPORT_RESOURCES } from '../../feishu/contract.ts';
import {
  addDayOptions,
  collect,
  DAY_FIELDS,
  DETACH,
  FAN_OUT,
  fieldsOf,
  flagOption,
  JSON_OUTPUT,
  parseWholeNumber,
  PROFILE,
  SOURCE,
  USER_ID_TYPE,
  type OptionValues,
} from './options.ts';
import { print } from '../../report/terminal.ts';
import { createOutput } from './output.ts';
import { runProgram } from './programs.ts';
import { exportDayLines, exportResourceLines, meetingQualityLines } from './results.ts';
import { sameCommand, startAndWatch } from './session.ts';

interface CommonOptions extends OptionValues {
  json?: boolean;
  detach?: boolean;
}

const UNIX = 'unix seconds';
/** The request fields of the four export jobs, in the documented spelling. Which job takes which is checked on start. */
function requestOptions(): Option[] {
  return [
    new Option('--start_time <time>', `range start, ${UNIX} (meeting_list, resource_reservation_list)`),
    new Option('--end_time <time>', `range end, ${UNIX}`),
    new Option('--meeting_start_time <time>', `the meeting's start, ${UNIX} (participant lists, quality)`),
    new Option('--meeting_end_time <time>', `the meeting's end, ${UNIX}`),
    new Option('--meeting_no <number>', '9-digit meeting number'),
    new Option('--meeting_status <status>', '1 ongoing, 2 ended, 3 upcoming').argParser(parseWholeNumber),
    new Option('--meeting_type <type>', '1 all, 2 video meeting, 3 local screen cast').argParser(parseWholeNumber),
    new Option('--join_time <time>', `when the participant joined, ${UNIX} (participant_quality_list)`),
    new Option('--user_id <id>', 'a participant'),
    new Option('--room_id <id>', 'a room, omm_…'),
    new Option('--user_id_type <kind>', 'open_id, union_id or user_id; default: by the form of --user_id'),
    new Option('--room_level_id <id>', 'room level, omb_… (resource_reservation_list)'),
    new Option('--room_ids <ids...>', 'rooms, omm_…; may be repeated').argParser(collect),
    flagOption('--need_topic', 'include the topics of the meetings'),
    flagOption('--is_exclude', 'every room of the level except --room_ids'),
  ];
}

export function addExportCommands(program: Command): void {
  addExport(program);
  addQuality(program);
  addDay(program);
}

function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('run one export job of Feishu and store its file and table')
    .addArgument(new Argument('<resource>', 'what to export').choices(EXPORT_RESOURCES));
  const fields = requestOptions();
  for (const option of fields) command.addOption(option);
  command
    .addOption(PROFILE())
    .addOption(DETACH())
    .addOption(JSON_OUTPUT())
    .addHelpText(
      'after',
      '\nExample:\n  feishu-vc export meeting_list --start_time 1790784000 --end_time 1790870399\n' +
        'Each option may be written --start-time as well.',
    )
    .action(async (resource: string, options: CommonOptions) => {
      const request = fieldsOf(
        options,
        fields.map((option) => option.attributeName()),
      );
      await startAndWatch({
        type: 'exportResource',
        input: { resource, request, ...fieldsOf(options, ['profile']) },
        output: createOutput(options),
        detach: options.detach,
        again: () => sameCommand(),
        lines: exportResourceLines,
      });
    });
}

function addQuality(program: Command): void {
  program
    .command('quality')
    .description('fetch the call quality of every participant of one meeting, minute by minute')
    .argument('<meeting_no>', '9-digit meeting number')
    .requiredOption('--day <day>', 'the day on which the meeting started, YYYY-MM-DD')
    .addOption(SOURCE())
    .addOption(USER_ID_TYPE())
    .addOption(FAN_OUT())
    .option('--rules <rules>', 'default, teams-cqd, huawei, strict, or a JSON file (default: default)')
    .addOption(PROFILE())
    .addOption(DETACH())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc quality 123456789 --day 2026-10-14')
    .action(async (meetingNo: string, options: CommonOptions & { day: string }) => {
      await startAndWatch({
        type: 'meetingQuality',
        input: {
          meeting: { meeting_no: meetingNo, day: options.day },
          ...fieldsOf(options, ['source', 'user_id_type', 'fan_out', 'profile']),
        },
        output: createOutput(options),
        detach: options.detach,
        again: () => sameCommand(),
        lines: meetingQualityLines,
        show: async ({ uri }) => {
          if (options.json !== true) await showTable(uri, options);
        },
      });
    });
}

/** The table lies where the worker runs, or in the bucket that this shell is set to; elsewhere its address has to do. */
async function showTable(uri: string, options: OptionValues): Promise<void> {
  const isWithinReach = uri.startsWith('file:')
    ? existsSync(fileURLToPath(uri))
    : uri.startsWith(`${process.env['DATA_URL']?.replace(/\/$/, '')}/`);
  if (!isWithinReach) return;
  const flags = Object.entries(fieldsOf(options, ['profile', 'rules'])).map(
    ([name, value]) => `--${name}=${String(value)}`,
  );
  print(process.stdout, '');
  await runProgram('quality table', [uri, ...flags]);
}

function addDay(program: Command): void {
  const command = program
    .command('day')
    .description('fetch all tables of one day and commit them')
    .argument('<day>', "YYYY-MM-DD, in the profile's time zone");
  addDayOptions(command)
    .addOption(DETACH())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc day 2026-10-14 --include meetings participants')
    .action(async (day: string, options: CommonOptions) => {
      await startAndWatch({
        type: 'exportDay',
        input: { day, ...fieldsOf(options, DAY_FIELDS) },
        output: createOutput(options),
        detach: options.detach,
        again: () => sameCommand(),
        lines: exportDayLines,
      });
    });
}
