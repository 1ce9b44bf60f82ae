/** The wanted port where it is free on loopback, else one that the system picks. */
export declare function freePort(wanted?: number): Promise<number>;
