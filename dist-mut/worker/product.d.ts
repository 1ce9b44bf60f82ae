/** Name and version, as manifests and User-Agent say it. The file lies one folder up in the sources, two when built. */
export declare const PRODUCT: string;
