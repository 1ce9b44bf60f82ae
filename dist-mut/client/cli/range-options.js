/** Options that say which days a backfill is about, and in which order. */
import { Option } from 'commander';
import { parseWholeNumber } from './options.js';
import { parseDaysBack } from './target.js';
export const RANGE_FIELDS = ['from', 'to', 'month', 'days_back', 'order', 'concurrency'];
export function addRangeOptions(command) {
    return command
        .option('--month <month>', 'YYYY-MM or previous')
        .option('--from <day>', 'first day, YYYY-MM-DD')
        .option('--to <day>', 'last day, YYYY-MM-DD')
        .addOption(new Option('--days-back <from..to>', 'days before today: 3..1 is the three days before today').argParser(parseDaysBack))
        .option('--order <order>', 'newest-first or oldest-first (default: newest-first)')
        .addOption(new Option('--concurrency <days>', 'days at a time, 1 to 7 (default: 2)').argParser(parseWholeNumber));
}
//# sourceMappingURL=range-options.js.map