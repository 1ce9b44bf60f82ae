/** Follows the pages of one list, and tells paging that comes to no end from a long list. */

/** A list of a million rows; a day of the largest tenants has a tenth of that. */
const PAGES_AT_MOST = 10_000;
/** Where a list is filtered after it was cut into pages, one page may be empty and the next one not. */
const EMPTY_PAGES_AT_MOST = 3;

export class PageTrail {
  readonly #seen = new Set<string>();
  #pages = 0;
  #empty = 0;

  /**
   * After each page that names a next one. `rows`: of the page, before anything was left out of it.
   * @returns in words why the next page is not to be asked for; null: it is
   */
  whyNotOn({ token, rows }: { token: string; rows: number }): string | null {
    this.#pages++;
    this.#empty = rows === 0 ? this.#empty + 1 : 0;
    if (this.#seen.has(token)) return `page ${this.#pages} names a page token that came before`;
    this.#seen.add(token);
    if (this.#empty >= EMPTY_PAGES_AT_MOST) {
      return `${this.#empty} pages in a row, up to page ${this.#pages}, are empty and name a next one`;
    }
    return this.#pages >= PAGES_AT_MOST ? `page ${this.#pages} is not the last one` : null;
  }
}
