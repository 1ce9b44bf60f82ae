/** Options that several commands share, and how their text becomes fields of an input. */
import { Command, CommanderError, InvalidArgumentError, Option, type ErrorOptions } from 'commander';
import { ENRICHMENTS, TABLES_OF_A_DAY } from '../../model/day-tables.ts';

/**
 * A command that takes every option in both spellings: `--start_time` as documented by Feishu, and `--start-time`. Where a
 * word is no command, it says which one was meant, in another group too.
 */
export class SpellingCommand extends Command {
  override createCommand(name?: string): SpellingCommand {
    return new SpellingCommand(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    const meant = this.meantBy(message, options?.code);
    if (meant.length === 0) return super.error(message, options);
    // In place of what is merely near in this group.
    return super.error(`${message.split('\n', 1)[0]}\n(Did you mean ${meant.join(' or ')}?)`, options);
  }

  /** In place of what stands in the message of commander. */
  private meantBy(message: string, code = ''): string[] {
    if (code === 'commander.unknownOption') return this.meantByOption(/'(--[\w-]+)/.exec(message)?.[1]);
    return code === 'commander.unknownCommand' ? this.meantByWord(this.args[0] ?? '') : [];
  }

  /** An option of the commands in this group: `backfill --month previous`. */
  private meantByOption(flag: string | undefined): string[] {
    const takers = this.commands.filter(({ options }) => options.some(({ long }) => long === flag));
    return takers.map((each) => `${pathOf(each)} ${flag ?? ''}`);
  }

  /** Commands of this name anywhere, of a range of days the one that takes it, and what is near in another group. */
  private meantByWord(word: string): string[] {
    const root = this.parent ?? this;
    const all = root.commands.flatMap((group) => [group, ...group.commands]);
    const named = all.filter((each) => each.name() === word).map(pathOf);
    if (named.length > 0) return named;
    const start = all.map(pathOf).find((path) => path.endsWith('backfill start'));
    if (/^\d{4}-\d{2}$|^previous$/.test(word) && start !== undefined) return [`${start} --month ${word}`];
    const near = nearTo(word, all);
    if (this.commands.some((each) => near.includes(each.name()))) return [];
    return all.filter((each) => near.includes(each.name())).map(pathOf);
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

/** Names that commander takes the word for, by its own rule. */
function nearTo(word: string, commands: readonly Command[]): string[] {
  const group = new Command().exitOverride().configureOutput({ outputError: () => undefined });
  for (const name of new Set(commands.map((each) => each.name()))) group.command(name);
  try {
    group.parse([word], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return /\(Did you mean (?:one of )?(.+)\?\)/.exec(error.message)?.[1]?.split(', ') ?? [];
  }
  return [];
}

/** `feishu-vc backfill start` */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
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
  const flags = Object.entries(options).flatMap(([key, value]) => {
    // As it is typed: commander keeps `--dry-run` as `dryRun`.
    const name = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return value === true ? [`--${name}`] : [`--${name}=${String(value)}`];
  });
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

/** As a browser writes it: scheme, host and port, nothing after them. */
export function parseOrigin(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null';
  if (!/^https?:/.test(origin)) throw new InvalidArgumentError('It takes an origin, such as http://127.0.0.1:8233.');
  return origin;
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

export const FAN_OUT = () =>
  new Option(
    '--fan-out <how>',
    'workflow (each participant-session is a run that the UI shows) or activity (a third of the events) (default: workflow)',
  );

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
  'fan_out',
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
    .addOption(FAN_OUT())
    .addOption(PROFILE());
}
