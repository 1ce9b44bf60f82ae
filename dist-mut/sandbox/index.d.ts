/** A Feishu that runs here: the public face of the folder. */
export { startSandbox } from './server.ts';
export type { Sandbox } from './server.ts';
export { ALL_SCOPES } from './options.ts';
export type { SandboxOptions } from './options.ts';
export { FAULT_KINDS } from './faults.ts';
export type { FaultKind, FaultRule } from './faults.ts';
export type { QualityNumber, TrueMeeting, TrueParticipant, TrueQualityMinute, TrueReservation } from './truth.ts';
