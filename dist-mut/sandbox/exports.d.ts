import type { Answer, Call } from './api.ts';
import type { FaultRule } from './faults.ts';
import type { World } from './world.ts';
export declare function createTask(world: World, call: Call, fault: FaultRule | undefined): Answer;
