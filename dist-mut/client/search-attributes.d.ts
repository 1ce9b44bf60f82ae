/** Registers the search attributes by which runs are found in the Temporal UI. */
import type { Connection } from '@temporalio/client';
import { type SearchAttributeName } from '../model/search-attributes.ts';
export interface Registered {
    added: SearchAttributeName[];
    /** Were there already. */
    present: SearchAttributeName[];
    /** Taken by another type, which cannot be changed: runs do not set them. */
    taken: SearchAttributeName[];
}
/** Adds those that are missing. Throws what the server says where this caller may not. */
export declare function registerSearchAttributes(connection: Connection, namespace: string): Promise<Registered>;
