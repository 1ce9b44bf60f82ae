/** A Feishu that runs here: the public face of the folder. */
export { startSandbox } from './server.ts';
export type { Sandbox } from './server.ts';
export { ALL_SCOPES, WINDOW_SEMANTICS } from './options.ts';
export type { SandboxApp, SandboxOptions, SandboxUserToken, WindowSemantics } from './options.ts';
export { FAULT_KINDS } from './faults.ts';
export type { FaultControl, FaultKind, FaultRule, FaultState } from './faults.ts';
export type { Ledger, LedgerCall, LedgerTask } from './ledger.ts';
export type { EndpointId } from './api.ts';
export type { Tenant } from './tenant.ts';
export { DATASETS } from './truth.ts';
export type {
  Dataset,
  QualityNumber,
  QualityText,
  TrueMeeting,
  TrueParticipant,
  TrueQualityMinute,
  TrueReservation,
} from './truth.ts';
export type { Directory, Person, TrueLevel, TrueRoom, UserIds } from './directory.ts';
export { sandboxCommand } from './command.ts';
