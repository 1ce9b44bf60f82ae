/** Options that several commands share, and how their text becomes fields of an input. */
import { Command, Option } from 'commander';
/** A command that takes every option in both spellings: `--start_time` as documented by Feishu, and `--start-time`. */
export declare class SpellingCommand extends Command {
    createCommand(name?: string): SpellingCommand;
    parseOptions(args: string[]): ReturnType<Command['parseOptions']>;
    private knownSpelling;
}
/** Options by attribute name, as commander hands them over. */
export type OptionValues = Record<string, unknown>;
/** The options that were given, under their field names: `roomLevelId` is `room_level_id`. */
export declare function fieldsOf(values: OptionValues, names: readonly string[]): Record<string, unknown>;
/** `--flag`, `--flag true`, `--flag=false` */
export declare function flagOption(flags: string, description: string): Option;
export declare function parseWholeNumber(text: string): number;
/** Collects `--x a --x b`, `--x a b` and `--x a,b` into one list. */
export declare function collect(text: string, previous: string[] | undefined): string[];
export declare const PROFILE: () => Option;
export declare const JSON_OUTPUT: () => Option;
export declare const DETACH: () => Option;
export declare const USER_ID_TYPE: () => Option;
export declare const SOURCE: () => Option;
/** Fields that a day and a backfill share, besides the days themselves. */
export declare const DAY_FIELDS: readonly ['include', 'listing', 'source', 'user_id_type', 'room_level_id', 'refresh', 'include_external_meetings', 'include_webinar', 'profile'];
export declare function addDayOptions(command: Command, { refresh }?: {
    refresh?: string;
}): Command;
