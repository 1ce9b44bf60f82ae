/** Every cell of every table against the tenant, whatever a window means and whichever sources are asked. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SETTLE_HOURS } from '../dataset/answers.ts';
import { rebuildDay } from '../dataset/rebuild-day.ts';
import { verifyDay } from '../dataset/verify.ts';
import type { SandboxOptions } from '../sandbox/index.ts';
import { FileStore } from '../store/file-store.ts';
import { openStore } from '../store/open-store.ts';
import { PRODUCT } from '../worker/product.ts';
import { KEEP } from '../tables/privacy.ts';
import { exportDay, findDay, manifestOf, openWorld, readTable, sha256Of, topLevel, type World } from './support/day.ts';
import { temporalCli } from './support/embedded-temporal.ts';
import { asExpected, COLUMNS, expectedDay, type Cells, type DayAsk, type ExpectedDay } from './support/expected.ts';
import { startProduct, type Product } from './support/product.ts';
import { s3Program, startS3Server, type S3Server } from './support/s3-server.ts';
import { join } from 'node:path';

interface Case {
  name: string;
  /** The data lies in a bucket, whose server keeps each object as a file. */
  inBucket?: true;
  /** Sessions are asked about without a child for each. */
  fanOut?: 'workflow' | 'activity';
  sandbox: SandboxOptions;
  ask: Omit<DayAsk, 'room_level_id'>;
}

const INTERNAL = { include_external_meetings: false, include_webinar: false };
const CASES: Case[] = [
  {
    name: 'starts-in',
    fanOut: 'activity',
    // Files of two sheets, pages that come twice, rooms with a user id beside their own.
    sandbox: {
      windowSemantics: 'starts-in',
      roomsHaveUserIds: true,
      faults: [
        { on: 'E6', kind: 'split-sheets', rate: 0.5 },
        { on: ['L1', 'L2'], kind: 'repeat-page', rate: 0.3 },
      ],
    },
    ask: {
      windowSemantics: 'starts-in',
      listing: 'list',
      source: 'list',
      user_id_type: 'open_id',
      roomsHaveUserIds: true,
      include_external_meetings: true,
      include_webinar: false,
    },
  },
  {
    name: 'ends-in',
    sandbox: { windowSemantics: 'ends-in', headerLanguage: 'en', nullMarker: '--' },
    ask: {
      windowSemantics: 'ends-in',
      listing: 'export',
      source: 'export',
      user_id_type: 'user_id',
      enrich: ['meetings', 'reservations'],
      ...INTERNAL,
    },
  },
  {
    name: 'overlaps',
    fanOut: 'activity',
    sandbox: { windowSemantics: 'overlaps', disagreementRate: 0.1, fileStartsToTheMinute: true },
    ask: {
      windowSemantics: 'overlaps',
      fileStartsToTheMinute: true,
      listing: 'list',
      source: 'both',
      user_id_type: 'union_id',
      include_external_meetings: true,
      include_webinar: true,
      enrich: ['reservations'],
    },
  },
  {
    name: 'contained',
    // Its days change length, and offsets with it.
    sandbox: { windowSemantics: 'contained', timeZone: 'America/New_York', nullMarker: '', disagreementRate: 0.1 },
    ask: { windowSemantics: 'contained', listing: 'export', source: 'list', user_id_type: 'user_id', ...INTERNAL },
  },
  {
    name: 'starts-in-a-bucket',
    inBucket: true,
    sandbox: { windowSemantics: 'starts-in', disagreementRate: 0.1 },
    ask: { windowSemantics: 'starts-in', listing: 'list', source: 'both', user_id_type: 'open_id', ...INTERNAL },
  },
];

const TABLES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
const DAY_S = 86_400;

const cli = await temporalCli();
const s3 = s3Program();

describe.skipIf(!cli)('exported tables equal the tenant, cell by cell', () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct({ cli: cli!, workers: 0 });
  });
  afterAll(async () => {
    await product.stop();
  });

  describe.each(CASES.filter((each) => !each.inBucket || s3 !== undefined))(
    'where a window means $name',
    ({ name, sandbox, ask, inBucket = false, fanOut: fan_out = 'workflow' }) => {
      let server: S3Server | undefined;
      let place: { url: string; dir: string } | undefined;
      let world: World;
      let days: { long: string; busy: string; empty: string };
      let expected: Map<string, ExpectedDay>;

      beforeAll(async () => {
        if (inBucket) server = await startS3Server(s3!);
        place = server && (await placeIn(server));
        world = await openWorld(product, { name, sandbox, ...(place && { place }), env: server?.env ?? {} });
        const { tenant } = world.sandbox;
        const long = findDay(tenant, '2025-03-01', (meetings) => meetings.some((m) => m.meeting_duration_s > DAY_S));
        const busy = findDay(tenant, '2025-03-01', (meetings) => isBusy(tenant, meetings));
        // In New York the empty Sunday that is looked for here has 23 hours.
        const empty = findDay(tenant, '2025-03-09', (meetings) => meetings.length === 0);
        days = { long, busy, empty };
        const level = topLevel(tenant);
        const wanted = { ...ask, room_level_id: level };
        expected = new Map(Object.values(days).map((day) => [day, expectedDay(tenant, day, wanted)]));
        const { windowSemantics: _, fileStartsToTheMinute: _start, roomsHaveUserIds: _rooms, ...asked } = wanted;
        await Promise.all(Object.values(days).map((day) => exportDay(world, { day, fan_out, ...asked })));
      });
      afterAll(async () => {
        await world.close();
        await server?.close();
      });

      test.each(TABLES)('%s has the documented columns and every row of the tenant once', async (table) => {
        for (const day of Object.values(days)) {
          const { columns, rows } = await readTable(world.dataDir, table, day);
          expect(columns).toStrictEqual(COLUMNS[table]);
          expect(byKey(rows.map(asExpected))).toStrictEqual(byKey(expected.get(day)![table]));
          expect(new Set(rows.map((row) => row['row_key'])).size).toBe(rows.length);
        }
      });

      test('the manifest counts what the files hold, and names each file by its hash', async () => {
        for (const day of Object.values(days)) {
          const manifest = await manifestOf(world.dataDir, day);
          for (const table of TABLES) {
            const entry = manifest.tables[table];
            expect(entry?.rows).toBe(expected.get(day)![table].length);
            expect(await sha256Of(join(world.dataDir, entry!.key))).toBe(entry?.sha256);
            expect(entry?.unparsed_rows).toBe(0);
          }
        }
      });

      test('the manifest counts people against the meetings, and names what may lie behind a difference', async () => {
        for (const day of Object.values(days)) {
          expect((await manifestOf(world.dataDir, day)).reconciliation).toStrictEqual(
            expected.get(day)!.reconciliation,
          );
        }
        const busy = expected.get(days.busy)!.reconciliation;
        expect((busy['distinct_external_guests_listed'] ?? 0) > 0).toBe(ask.listing === 'list');
        expect((busy['distinct_webinar_viewers_listed'] ?? 0) > 0).toBe(ask.include_webinar);
        expect(busy['meetings_with_another_count']).toBeGreaterThanOrEqual(Number(ask.include_webinar));
      });

      test('a meeting of over 24 hours is a named gap, and nothing else is one', async () => {
        for (const [day, { unaskable }] of expected) {
          const manifest = await manifestOf(world.dataDir, day);
          expect(manifest.complete).toBe(unaskable === 0);
          expect(manifest.gaps.reduce((sum, gap) => sum + gap.count, 0)).toBe(unaskable);
          for (const gap of manifest.gaps) expect(gap.reason).toContain('126006');
        }
        expect(expected.get(days.long)!.unaskable).toBe(1);
      });

      test('a day is checked and made again without a server, from what lies there', async () => {
        Object.assign(process.env, server?.env);
        const store = openStore(place?.url ?? `file:${world.dataDir}`);
        const where = {
          profile: 'default',
          day: days.busy,
          product: PRODUCT,
          settle_hours: SETTLE_HOURS,
          privacy: KEEP,
        };
        const scratch = new FileStore(join(product.dir, `${name}-scratch`));
        await scratch.prepare();
        const before = await manifestOf(world.dataDir, days.busy);
        expect(await verifyDay(store, { ...where, scratch })).toStrictEqual([]);
        expect((await rebuildDay(store, where))?.manifest.tables).toStrictEqual(before.tables);
        expect(await verifyDay(store, { ...where, scratch })).toStrictEqual([]);
      });

      test('the days hold the cases that matter', () => {
        const busy = expected.get(days.busy)!;
        const numbers = busy.meetings.map((row) => row['meeting_no']);
        expect(new Set(numbers).size).toBeLessThan(numbers.length);
        expect(busy.participants.some((row) => row['ordinal'] === 2)).toBe(true);
        expect(busy.units.some((row) => row['status'] === 'skipped')).toBe(true);
        expect(expected.get(days.empty)!.meetings).toHaveLength(0);
        expect(expected.get(days.empty)!.reservations.length).toBeGreaterThan(0);
        const disputed = busy.quality_minutes.filter((row) => row['conflicts'] !== null).length;
        expect(disputed > 0).toBe(ask.source === 'both');
      });
    },
  );
});

/** One with two devices in one second, a series that shares its number, a webinar, and a meeting over midnight. */
function isBusy(tenant: World['sandbox']['tenant'], meetings: ReturnType<typeof tenant.meetings>): boolean {
  const first = meetings[0];
  if (!first || !meetings.some((meeting) => (meeting.number_of_webinar_viewers ?? 0) > 0)) return false;
  const { to } = tenant.dayRange(tenant.zone.dayOf(first.meeting_start_time));
  const sessions = meetings
    .filter((meeting) => !meeting.is_external && !meeting.is_webinar)
    .flatMap((meeting) =>
      tenant
        .participants(meeting)
        .filter((person) => person.user_ids)
        .map((person) => `${meeting.meeting_instance_id} ${person.user_ids?.open_id} ${person.join_time}`),
    );
  return new Set(sessions).size < sessions.length && meetings.some((meeting) => meeting.meeting_end_time > to);
}

/** The gateway keeps the objects of a bucket as files of a folder, by their names. */
async function placeIn(server: S3Server) {
  const bucket = await server.makeBucket();
  return { url: `s3://${bucket}/exports`, dir: join(server.dir, bucket, 'exports') };
}

function byKey(rows: Cells[]): Cells[] {
  return rows.toSorted((a, b) => String(a['row_key']).localeCompare(String(b['row_key'])));
}
