/** A Feishu that runs here: the public face of the folder. */
export { startSandbox } from './server.js';
export { ALL_SCOPES } from './options.js';
export { FAULT_KINDS } from './faults.js';
//# sourceMappingURL=index.js.map