import { describe, expect, it } from 'vitest';
import { merged } from '../worker/api-lease/lease-record.ts';
import {
  apiLeaseTaskQueue,
  apiLeaseWorkflowId,
  apiTaskQueue,
  quotaOfBucket,
  shardOf,
} from '../worker/api-lease/shards.ts';

const app = (i: number): string => `https://open.feishu.cn|cli_${i}`;
const bucket = (i: number): string => `${app(i)}|GET /open-apis/x`;

describe('apps over shards', () => {
  it('come to the same shard in every process and release', () => {
    expect([0, 1, 2, 3, 4, 5].map((i) => shardOf(app(i), 4))).toMatchInlineSnapshot(`
      [
        2,
        0,
        2,
        2,
        2,
        1,
      ]
    `);
  });

  it('are spread about evenly, and all to the one shard where there is one', () => {
    const shares = [0, 0, 0, 0];
    for (let i = 0; i < 400; i += 1) shares[shardOf(app(i), 4)]! += 1;
    for (const share of shares) expect(share).toBeGreaterThan(70);
    expect(new Set([0, 1, 2, 3].map((i) => shardOf(app(i), 1)))).toEqual(new Set([0]));
  });

  it('leave the plain names to the first shard', () => {
    const names = [apiLeaseWorkflowId, apiLeaseTaskQueue, apiTaskQueue];
    expect(names.map((name) => name('q'))).toEqual(['feishu-vc/api-lease/q', 'q.api-lease', 'q.api']);
    expect(names.map((name) => name('q', 2))).toEqual(['feishu-vc/api-lease/q/2', 'q.api-lease.2', 'q.api.2']);
  });
});

describe('the records of several leases', () => {
  it('give a new one what they hold of its apps, each call as often as it is held', () => {
    const records = [
      {
        buckets: { [bucket(1)]: { answeredMsAgo: [5, 9] }, [bucket(2)]: { answeredMsAgo: [1] } },
        capped: { [app(2)]: 7 },
      },
      { buckets: { [bucket(1)]: { answeredMsAgo: [3], pushBackMs: 40 } }, capped: { [app(1)]: 8 } },
    ];
    expect(merged(records, (quotaOf) => quotaOf === app(1))).toEqual({
      buckets: { [bucket(1)]: { answeredMsAgo: [5, 9, 3], pushBackMs: 40 } },
      capped: { [app(1)]: 8 },
      waiting: [],
    });
    expect(quotaOfBucket(bucket(1))).toBe(app(1));
  });
});
