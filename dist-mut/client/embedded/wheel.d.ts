type Env = Record<string, string | undefined>;
/** @returns the path of the unpacked executable in `dir` */
export declare function downloadWheel(options: {
    dir: string;
    env: Env;
    executable: string;
}): Promise<string>;
export {};
