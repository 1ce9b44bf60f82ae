/** Keeps the activity alive while it reads and writes files, and turns what goes wrong into Temporal's failures. */
export declare function onFiles<T>(run: () => Promise<T>): Promise<T>;
