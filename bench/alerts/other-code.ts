/** A workflow of the product's name that does other things: what a worker with other code has left behind. */
import { sleep } from '@temporalio/workflow';

export async function exportDay(): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) await sleep('3 seconds');
}
