export declare const DOWNLOAD_URL: string;
/** @returns the path of the unpacked executable in `dir` */
export declare function downloadArchive(options: {
    url: string;
    dir: string;
    executable: string;
}): Promise<string>;
