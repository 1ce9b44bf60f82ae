/** A workflow of another team, in a namespace of its own, that has a day exported. */
import { createNexusServiceClient } from '@temporalio/workflow';
import { feishuVc } from './service.ts';

const exports = createNexusServiceClient({ endpoint: 'feishu-vc', service: feishuVc });

/** @returns how many meetings the day has */
export async function countMeetings(day: string): Promise<number> {
  const { tables } = await exports.executeOperation('exportDay', { day, include: ['meetings'] });
  return tables['meetings'] ?? 0;
}
