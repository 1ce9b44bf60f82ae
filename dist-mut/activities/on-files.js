import { Context } from '@temporalio/activity';
import { fileFailure } from './failures.js';
const HEARTBEAT_EVERY_MS = 5000;
/** Keeps the activity alive while it reads and writes files, and turns what goes wrong into Temporal's failures. */
export async function onFiles(run) {
    const context = Context.current();
    const beating = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY_MS);
    try {
        return await run();
    }
    catch (error) {
        throw fileFailure(error);
    }
    finally {
        clearInterval(beating);
    }
}
//# sourceMappingURL=on-files.js.map