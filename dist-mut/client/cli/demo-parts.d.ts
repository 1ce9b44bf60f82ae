import { type Child } from '../embedded/children.ts';
import { type DevServer } from '../embedded/dev-server.ts';
import type { DemoFolder } from './demo-folder.ts';
interface PartOptions {
    folder: DemoFolder;
    env: Record<string, string>;
}
/** Keeps hold of every part, so that none outlives the demo, however it ends. */
export declare class DemoParts {
    #private;
    /** Rejects when a part ends that nobody stopped; never resolves. */
    readonly broken: Promise<never>;
    constructor();
    /** A part that comes up after the demo was stopped is stopped at once. */
    add(child: Child): Promise<void>;
    stop(): Promise<void>;
}
export declare function startServer(parts: DemoParts, { folder, env, say }: PartOptions & {
    say: (line: string) => void;
}): Promise<DevServer>;
/** @returns the sandbox's URL */
export declare function startSandbox(parts: DemoParts, { folder, env }: PartOptions): Promise<string>;
export declare function startWorker(parts: DemoParts, { folder, env, sandboxUrl, address }: PartOptions & {
    sandboxUrl: string;
    address: string;
}): Promise<void>;
/** The level that holds all rooms of the sandbox's company. */
export declare function topRoomLevel(sandboxUrl: string): Promise<string>;
export {};
