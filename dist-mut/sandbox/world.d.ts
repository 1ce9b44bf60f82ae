import type { Data } from './queries.ts';
import type { Tasks } from './tasks.ts';
/** What the endpoints answer from. */
export interface World extends Data {
    tasks: Tasks;
}
