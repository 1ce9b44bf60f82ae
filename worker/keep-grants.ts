/** Log-ins outlive weeks without work: each is renewed when it has idled for half of its life. */
export interface Keepable {
  /** @returns after how many milliseconds to look again */
  keepAlive(): Promise<number>;
}

/** @returns what ends it */
export function keepGrants(grants: readonly Keepable[]): () => void {
  const timers = new Map<Keepable, NodeJS.Timeout>();
  let isOver = false;
  const look = async (grant: Keepable): Promise<void> => {
    const afterMs = await grant.keepAlive();
    if (!isOver) timers.set(grant, setTimeout(() => void look(grant), afterMs).unref());
  };
  for (const grant of grants) void look(grant);
  return () => {
    isOver = true;
    for (const timer of timers.values()) clearTimeout(timer);
  };
}
