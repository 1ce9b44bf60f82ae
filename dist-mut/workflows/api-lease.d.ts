export declare function apiLease(): Promise<void>;
