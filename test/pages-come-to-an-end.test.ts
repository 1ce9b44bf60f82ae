/** Paging that would go on for ever, in exports and in plans. */
import { describe, expect, test } from 'vitest';
import { PageTrail } from '../workflows/common/page-trail.ts';
import { eachPage } from '../workflows/dry-run/count.ts';

/** How far a list is followed whose pages have so many rows each. */
function follow(rowsOf: (page: number) => number): { pages: number; why: string | null } {
  const trail = new PageTrail();
  for (let page = 1; ; page++) {
    const why = trail.whyNotOn({ token: `t${page}`, rows: rowsOf(page) });
    if (why !== null || page > 20_000) return { pages: page, why };
  }
}

describe('a list whose pages', () => {
  test('are empty and name a next one is given up at the third in a row', () => {
    expect(follow(() => 0)).toStrictEqual({
      pages: 3,
      why: '3 pages in a row, up to page 3, are empty and name a next one',
    });
    expect(follow((page) => (page % 3 === 0 || page < 100 ? 1 : 0)).pages).toBe(10_000);
    expect(follow((page) => (page < 7 && page % 2 === 0 ? 1 : 0)).pages).toBe(9);
  });

  test('come to no end is given up at the ten thousandth', () => {
    expect(follow(() => 100)).toStrictEqual({ pages: 10_000, why: 'page 10000 is not the last one' });
  });

  test('name a token that came before is given up', () => {
    const trail = new PageTrail();
    expect(trail.whyNotOn({ token: 'a', rows: 1 })).toBeNull();
    expect(trail.whyNotOn({ token: 'a', rows: 1 })).toBe('page 2 names a page token that came before');
  });
});

test('a plan takes what it got of a list that comes to no end', async () => {
  let pages = 0;
  const read = () => Promise.resolve({ rows: 0, page_token: `t${++pages}` });
  await eachPage(read, () => {
    if (pages > 10) throw new Error('it goes on and on');
  });
  expect(pages).toBe(3);
});
