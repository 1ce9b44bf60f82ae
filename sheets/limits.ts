/** What a file may ask of the reader. A file that asks for more fails with code `too-large`. */
export interface Limits {
  /** Entries in the zip. */
  entries: number;
  /** Inflated bytes of all parts that are read. */
  inflatedBytes: number;
  /** Inflated bytes for each packed byte, for parts of 1 MiB and more. */
  ratio: number;
  /** The highest row number. */
  rows: number;
  /** The highest column, counted from 1. */
  columns: number;
  /** UTF-16 units in one cell. */
  cellLength: number;
  /** Elements open inside one another. */
  depth: number;
  /** Bytes that the shared strings take in memory: their UTF-8 text and eight bytes for each. */
  sharedStringBytes: number;
}

const MiB = 1024 * 1024;

/**
 * Room for half a million rows of a few dozen columns. Memory is held by `sharedStringBytes` alone: everything else
 * streams, so the other limits bound the work that a hostile file can cause.
 */
export const DEFAULT_LIMITS: Readonly<Limits> = {
  entries: 10_000,
  inflatedBytes: 1024 * MiB,
  // Deflate itself ends at 1032; equal rows under one another reach about 200.
  ratio: 600,
  rows: 2_097_152,
  // The format's own last column, XFD.
  columns: 16_384,
  // The format allows 32,767; other writers do not always stop there.
  cellLength: 1_048_576,
  depth: 64,
  sharedStringBytes: 128 * MiB,
};

let ofProcess: Readonly<Limits> = DEFAULT_LIMITS;

/** For all readings of this process that name no limits of their own; to be called once, at its start. */
export function limitReadings(given: Partial<Limits>): void {
  ofProcess = { ...DEFAULT_LIMITS, ...given };
}

export function withDefaultLimits(given: Partial<Limits> | undefined): Limits {
  return { ...ofProcess, ...given };
}
