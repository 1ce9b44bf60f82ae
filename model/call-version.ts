/**
 * Version of what workflows ask of the activities on the queue of calls. It is raised where an older process would
 * misunderstand an input: by a new field that changes what is asked, or a value that means something else. While workers are
 * replaced, the process that makes the calls may be older than the one that runs a workflow; it leaves such inputs alone.
 */
export const CALL_VERSION = 3;
