/**
 * Deterministic draws: the same parts give the same values on every machine, so that tenant data needs no storage.
 */
export interface Draws {
    /** In [0, 1). */
    fraction(): number;
    /** Whole number, both ends included. */
    int(min: number, max: number): number;
    chance(probability: number): boolean;
    pick<T>(items: readonly T[]): T;
}
type Part = string | number;
export declare function drawsFor(...parts: Part[]): Draws;
export declare const hexOf: (length: number, ...parts: Part[]) => string;
export declare const alphanumericOf: (length: number, ...parts: Part[]) => string;
/** Never starts with a zero, as Feishu's numbers do not. */
export declare const digitsOf: (length: number, ...parts: Part[]) => string;
export {};
