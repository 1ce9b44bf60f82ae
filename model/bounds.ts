/** How much an input may ask for. What comes from outside is refused beyond it, and named with its bound. */

/** Characters of an id, a number, a name. */
export const TEXT_AT_MOST = 256;
/** Entries of a list of those. */
export const LIST_AT_MOST = 1000;
/** Ten years: what a backfill knows of its days is carried through continue-as-new, and has to fit into one message. */
export const DAYS_AT_MOST = 3660;
