import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logLikelihoodRatio } from '../analysis/findings.ts';
import type { Report } from '../analysis/report.ts';
import type { Result } from '../analysis/tables.ts';
import { findingText } from '../report/finding-text.ts';
import { reportPage } from '../report/page.ts';
import { monthReport } from './support/month-report.ts';
import { writeTenantStore } from './support/tenant-store.ts';

const OCTOBER = { from: '2026-10-01', to: '2026-10-31' };
let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'report-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a month with planted causes', () => {
  let report: Report;
  let sentences: { en: string; zh: string }[];
  /** Counted apart from the report's own queries. */
  let counted: Result[];

  beforeAll(async () => {
    const dir = join(folder, 'planted');
    await writeTenantStore({ dir, ...OCTOBER, tenant: { scenario: 'planted', meetingsPerDay: 10 } });
    report = await monthReport({ dir, ...OCTOBER }, async (db) => {
      counted = await db.rows(`SELECT count(*) AS minutes, count(*) FILTER (WHERE
          ((audio_latency_ms_received >= 300 OR audio_jitter_ms_received >= 50 OR audio_packet_loss_avg_pct_received >= 5)
          AND audio_bitrate_kbps_received > 0)) AS poor_received,
        (SELECT count(*) FROM meetings) AS meetings,
        (SELECT count(DISTINCT session_key) FROM participants) AS sessions
        FROM quality_minutes`);
    });
    sentences = report.findings.map(findingText);
  }, 300_000);

  it.each([
    [
      'the office whose uplink is full at ten',
      'Public address 203.0.113.10, between 10:00 and 10:59',
      /mostly loss in what they send/,
    ],
    ['the floor with 2.4 GHz', 'Internal network 10.2.3.0/24, on wifi', /mostly jitter/],
    ['TCP behind the proxy', 'Public address 203.0.113.31, over TCP, through a proxy', /mostly delay/],
    ['the old client', 'Client version 5.9.4', /mostly few frames/],
    ['the laptop at its limit', 'Computers with the camera Aurora 13 HD Camera', /mostly busy machine/],
    ['the bad day', 'The whole of 2026-10-17', /minutes poor/],
    ['the room that nobody comes to', 'Room 长江 3: nobody came', /bookings/],
  ])('finds %s and says so', (_cause, beginning, more) => {
    const found = sentences.filter(({ en }) => en.startsWith(beginning));
    expect(found.map(({ en }) => en)).toEqual([expect.stringMatching(more)]);
    expect(found[0]?.zh).toMatch(/[一-鿿]/);
  });

  it('names nothing else', () => {
    expect(sentences).toHaveLength(7);
  });

  it('counts as SQL of its own counts', () => {
    const [row] = counted;
    expect(report.totals).toMatchObject({
      meetings: row?.['meetings'],
      sessions: row?.['sessions'],
      judged_minutes: row?.['minutes'],
    });
    const received = report.streams.find(({ medium, direction }) => medium === 'audio' && direction === 'received');
    const poor = Object.values(received?.poor ?? {}).reduce((sum, minutes) => sum + minutes, 0);
    expect(poor).toBe(row?.['poor_received']);
    expect(report.days.reduce((sum, day) => sum + day.good + day.fair + day.poor + day.unclassified, 0)).toBe(
      row?.['minutes'],
    );
  });

  it('shows people and meetings by number and addresses as networks where asked to', async () => {
    const hidden = await monthReport({ dir: join(folder, 'planted'), ...OCTOBER, pseudonymous: true });
    const page = reportPage(hidden, { language: 'en' });
    const names = report.worst.map(({ name }) => name).filter((name) => name.length > 1);
    for (const told of [...names, ...report.worst.map(({ meeting_no: number }) => number)])
      expect(page).not.toContain(told);
    expect(page).not.toMatch(/203\.0\.113\.(?!0\/24)\d/);
    expect(page).toContain('P-001');
  });
});

const pageOf = (report: Report): string => reportPage(report, { language: 'en' });

describe('other months', () => {
  const WEEK = { from: '2026-10-05', to: '2026-10-11' };

  it('finds nothing in a clean month', async () => {
    const dir = join(folder, 'clean');
    await writeTenantStore({ dir, ...OCTOBER, tenant: { meetingsPerDay: 8 } });
    const report = await monthReport({ dir, ...OCTOBER });
    expect(report.findings).toEqual([]);
    expect(report.totals.judged_minutes).toBeGreaterThan(10_000);
    expect(pageOf(report)).toContain('Nothing: no place');
  }, 300_000);

  it.each(['list', 'export'] as const)(
    'judges a week of the %s alone, and says what is not known',
    async (source) => {
      const dir = join(folder, source);
      await writeTenantStore({ dir, ...WEEK, source, tenant: { scenario: 'planted', meetingsPerDay: 3 } });
      const report = await monthReport({ dir, ...WEEK });
      expect(report.totals.classified_minutes).toBeGreaterThan(500);
      expect(report.streams.find(({ medium }) => medium === 'machine')?.poor.machine).toBeGreaterThan(0);
      expect(pageOf(report).includes('Resolutions are not known')).toBe(source === 'export');
    },
    300_000,
  );

  it('shows days that nobody exported as missing, not as zero', async () => {
    const dir = join(folder, 'missing');
    const gaps = [{ table: 'quality_minutes', reason: 'pending: not there yet', count: 4 }];
    await writeTenantStore({ dir, ...WEEK, missing: ['2026-10-07'], gaps, tenant: { meetingsPerDay: 2 } });
    const report = await monthReport({ dir, ...WEEK });
    expect(report.completeness.filter(({ state }) => state === 'missing').map(({ day }) => day)).toEqual([
      '2026-10-07',
    ]);
    expect(report.days.map(({ day }) => day)).not.toContain('2026-10-07');
    expect(pageOf(report)).toMatch(/days are complete, 6 with gaps, 1 not exported/);
    expect(pageOf(report)).toContain('pending: not there yet');
  }, 300_000);

  it('is a page with one meeting, and with none', async () => {
    const one = join(folder, 'one');
    await writeTenantStore({
      dir: one,
      from: '2026-10-06',
      to: '2026-10-06',
      tenant: { meetingsPerDay: 1, emptyDays: false },
    });
    expect(pageOf(await monthReport({ dir: one, from: '2026-10-06', to: '2026-10-06' }))).toMatch(/>1 meeting[;,]/);
    const none = await monthReport({ dir: one, from: '2026-11-01', to: '2026-11-07' });
    expect(pageOf(none)).toContain('No meeting is known of these days');
    expect(pageOf(none).match(/<figure /g)).toHaveLength(15);
  }, 300_000);

  it('takes a group for nothing that is no worse than the rest', () => {
    expect(logLikelihoodRatio({ bad: 5, all: 100 }, { bad: 50, all: 1000 })).toBe(0);
    expect(logLikelihoodRatio({ bad: 50, all: 100 }, { bad: 50, all: 1000 })).toBeGreaterThan(100);
  });
});
