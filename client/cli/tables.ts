/** `report`, `read`, `sql`, `attendance`: what reads the tables in the store, without a server. */
import { Option, type Command } from 'commander';
import { argumentsOf, JSON_OUTPUT, PROFILE, type OptionValues } from './options.ts';
import { runProgram, type Program } from './programs.ts';

const OUTPUT = () => new Option('-o, --output <file>', 'file to write; - for stdout');
const FORMAT = () =>
  new Option('--format <format>', 'default: by the name of the file, else table').choices([
    'table',
    'csv',
    'xlsx',
    'json',
    'parquet',
  ]);

export function addTableCommands(program: Command): void {
  addReport(program);
  addRead(program);
  program
    .command('sql')
    .description('ask the tables in SQL (DuckDB); each is a view of its name, and nothing else can be reached')
    .argument('<query>', 'one SELECT')
    .addOption(PROFILE())
    .addOption(FORMAT())
    .addOption(OUTPUT())
    .addHelpText('after', "\nExample:\n  feishu-vc sql 'SELECT day, count(*) FROM meetings GROUP BY day ORDER BY day'")
    .action((query: string, options: OptionValues) => run('sql', [query], options));
  program
    .command('attendance')
    .description('who was in a meeting: first join, last leave, minutes, share of the meeting, devices')
    .argument('<meeting_no>', '9-digit meeting number')
    .requiredOption('--day <day>', 'the day on which the meeting started, YYYY-MM-DD')
    .addOption(PROFILE())
    .addOption(FORMAT())
    .addOption(OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc attendance 123456789 --day 2026-10-14 -o attendance.xlsx')
    .action((meetingNo: string, options: OptionValues) => run('attendance', [meetingNo], options));
}

function addReport(program: Command): void {
  program
    .command('report')
    .description('one HTML page of a month: where calls are bad and why, which rooms are used, what is missing')
    .argument('[month]', 'YYYY-MM or previous')
    .option('--from <day>', 'first day, YYYY-MM-DD')
    .option('--to <day>', 'last day, YYYY-MM-DD')
    .addOption(PROFILE())
    .addOption(new Option('--lang <language>', 'language shown first; the page holds both').choices(['en', 'zh']))
    .option('--rules <rules>', 'default, teams-cqd, huawei, strict, or a JSON file (default: default)')
    .option('--pseudonymous', 'people and meetings as numbers, addresses as networks')
    .addOption(OUTPUT())
    .addOption(JSON_OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc report 2026-10 --lang zh')
    .action((month: string | undefined, options: OptionValues) =>
      run('report', month === undefined ? [] : [month], options),
    );
}

function addRead(program: Command): void {
  program
    .command('read')
    .description('rows of a table, on the terminal or as a file')
    .argument('<table>', 'meetings, participants, quality_minutes, reservations or units')
    .option('--month <month>', 'YYYY-MM or previous')
    .option('--from <day>', 'first day, YYYY-MM-DD')
    .option('--to <day>', 'last day, YYYY-MM-DD')
    .addOption(PROFILE())
    .option('--columns <names>', 'columns, comma separated (default: all)')
    .option('--where <sql>', 'a condition in SQL')
    .addOption(FORMAT())
    .addOption(OUTPUT())
    .addHelpText('after', '\nExample:\n  feishu-vc read participants --month 2026-10 -o participants.xlsx')
    .action((table: string, options: OptionValues) => run('read', [table], options));
}

async function run(program: Program, positionals: string[], options: OptionValues): Promise<void> {
  process.exitCode = await runProgram(program, argumentsOf(positionals, options));
}
