/** The one place that decides when a run has grown enough. Temporal suggests it at 4,096 events or 4 MB. */
export declare function shouldContinueAsNew(): boolean;
