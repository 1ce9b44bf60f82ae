/** `fetchList`: one paged list of a day (a meeting's participants, a day's meetings, a level's rooms), as a child. */
import { Steering } from './steering.ts';
import { fetchPages, type ListJob, type UnitOutcome } from './pages.ts';

export async function fetchList(job: ListJob): Promise<UnitOutcome> {
  return await fetchPages(job, new Steering());
}
