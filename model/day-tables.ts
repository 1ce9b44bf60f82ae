/** The tables that a run may ask for, and those that it asks for where it names none. */
export const TABLES_OF_A_DAY = ['meetings', 'participants', 'quality_minutes', 'reservations'] as const;
export type TableOfADay = (typeof TABLES_OF_A_DAY)[number];

/** Tables whose list is asked beside their file, for what only it says: L1 beside E1, L4 beside E4. */
export const ENRICHMENTS = ['meetings', 'reservations'] as const;
export type Enrichment = (typeof ENRICHMENTS)[number];

/** In the order of `TABLES_OF_A_DAY`. Without `include`: all that needs nothing else, and reservations of a level. */
export function tablesAsked({
  include,
  room_level_id,
}: {
  include?: readonly TableOfADay[] | undefined;
  room_level_id?: string | undefined;
}): TableOfADay[] {
  return TABLES_OF_A_DAY.filter((name) =>
    include === undefined ? name !== 'reservations' || room_level_id !== undefined : include.includes(name),
  );
}
