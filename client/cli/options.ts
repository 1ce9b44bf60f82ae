/** Options that several commands share, and how their text becomes fields of an input. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { ENRICHMENTS, TABLES_OF_A_DAY } from '../../workflows/input.ts';

/** A command that takes every option in both spellings: `--start_time` as documented by Feishu, and `--start-time`. */
export class SpellingCommand extends Command {
  override createCommand(name?: string): SpellingCommand {
    return new SpellingCommand(name);
  }

  override parseOptions(args: string[]): ReturnType<Command['parseOptions']> {
    const end = args.indexOf('--');
    const options = end === -1 ? args : args.slice(0, end);
    return super.parseOptions([
      ...options.map((argument) => this.knownSpelling(argument)),
      ...args.slice(options.length),
    ]);
  }

  private knownSpelling(argument: string): string {
    const [, flag, value = ''] = /^(--[A-Za-z][\w-]*)(=.*)?$/s.exec(argument) ?? [];
    if (flag === undefined) return argument;
    const kebab = flag.replaceAll('_', '-');
    const known = this.options.find((option) => option.long?.replaceAll('_', '-') === kebab);
    return known?.long ? known.long + value : argument;
  }
}

/** Options by attribute name, as commander hands them over. */
export type OptionValues = Record<string, unknown>;

/** The options that were given, under their field names: `roomLevelId` is `room_level_id`. */
export function fieldsOf(values: OptionValues, names: readonly string[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of names) {
    const camel = name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    const value = values[name] ?? values[camel];
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

/** For a program: the options as they are; `--` keeps what begins with a dash from being taken for one. */
export function argumentsOf(positionals: readonly string[], options: OptionValues): string[] {
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}=${String(value)}`],
  );
  return [...flags, '--', ...positionals];
}

/** `--flag`, `--flag true`, `--flag=false` */
export function flagOption(flags: string, description: string): Option {
  return new Option(`${flags} [true|false]`, description).argParser(parseFlag);
}

function parseFlag(text: string): boolean {
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw new InvalidArgumentError('It takes true or false.');
}

export function parseWholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}

/** Collects `--x a --x b`, `--x a b` and `--x a,b` into one list. */
export function collect(text: string, previous: string[] | undefined): string[] {
  const values = text.split(',').map((value) => value.trim());
  return [...(previous ?? []), ...values.filter((value) => value !== '')];
}

export const PROFILE = () => new Option('--profile <name>', "which of the worker's profiles to use (default: default)");
export const JSON_OUTPUT = () => new Option('--json', 'print the result as JSON; everything else goes to stderr');
export const DETACH = () => new Option('--detach', 'only start it; do not wait');
export const USER_ID_TYPE = () =>
  new Option('--user-id-type <kind>', 'kind of user id in the data: open_id, union_id or user_id');
export const SOURCE = () =>
  new Option('--source <source>', 'where minutes of call quality come from: list, export or both (default: list)');

/** Fields that a day and a backfill share, besides the days themselves. */
export const DAY_FIELDS = [
  'include',
  'listing',
  'source',
  'user_id_type',
  'room_level_id',
  'refresh',
  'include_external_meetings',
  'include_webinar',
  'enrich',
  'profile',
] as const;

export function addDayOptions(command: Command, { refresh = 'all' }: { refresh?: string } = {}): Command {
  return command
    .addOption(
      new Option(
        '--include <tables...>',
        `tables to write: ${TABLES_OF_A_DAY.join(', ')} (default: the first three, and reservations with --room-level-id)`,
      ).argParser(collect),
    )
    .option('--listing <way>', 'list or export: how meetings and participants are found (default: list)')
    .addOption(SOURCE())
    .addOption(USER_ID_TYPE())
    .option('--room-level-id <id>', 'room level, omb_…: whose reservations to fetch')
    .option('--refresh <what>', `all, unsettled or missing: what to ask again (default: ${refresh})`)
    .addOption(flagOption('--include-external-meetings', 'add meetings that other tenants organize'))
    .addOption(flagOption('--include-webinar', 'add webinars'))
    .addOption(
      new Option(
        '--enrich <tables...>',
        `lists to ask beside the files, for what only they say: ${ENRICHMENTS.join(', ')} (default: none)`,
      ).argParser(collect),
    )
    .addOption(PROFILE());
}
