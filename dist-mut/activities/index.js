import { exportActivities } from './exports.js';
import { listActivities } from './lists.js';
import { dryRunActivities } from './dry-run.js';
import { holdActivities } from './calls/held-runs.js';
import { quotaActivities, waitingActivities } from './waiting.js';
import { runActivities } from './runs.js';
import { settingsActivities } from './settings.js';
import { stageActivities } from './stage.js';
import { tableActivities } from './tables.js';
/** For the queue that every worker serves. */
export function createActivities(deps) {
    return {
        ...settingsActivities(deps),
        ...stageActivities(deps),
        ...tableActivities(deps),
        ...runActivities(deps),
        ...waitingActivities(deps),
    };
}
/** For the queue of calls. */
export function createCallActivities(deps) {
    return {
        ...exportActivities(deps),
        ...listActivities(deps),
        ...dryRunActivities(deps),
        ...quotaActivities(deps),
        ...holdActivities(deps),
    };
}
//# sourceMappingURL=index.js.map