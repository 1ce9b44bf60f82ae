/** One command's work on the server: connect, start or attach, wait, print. */
import { shellWord } from '../../model/shell-word.ts';
import type { FeishuVcClient } from '../connect.ts';
import type { HandleOf, Results } from '../handle.ts';
import type { WorkflowType } from '../../workflows/input.ts';
import type { Output } from './output.ts';
import { watch } from './watch.ts';

/** A person waits for the answer; a server that is up answers at once. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Where nothing listens, waiting is of no use; one that is being started gets this long. */
const NOBODY_TIMEOUT_MS = 1_000;

/** The SDK is loaded here, by the commands that need it; the others start without it. */
export async function withClient<R>(work: (client: FeishuVcClient) => Promise<R>): Promise<R> {
  const { connectFeishuVc } = await import('../connect.ts');
  const patience = { connectTimeoutMs: CONNECT_TIMEOUT_MS, nobodyTimeoutMs: NOBODY_TIMEOUT_MS };
  const client = await connectFeishuVc(patience);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

export interface Work<T extends WorkflowType> {
  type: T;
  /** Unchecked; `start` checks it and names what is wrong. */
  input: unknown;
  output: Output;
  detach?: boolean | undefined;
  /** The command that watches the run again. */
  again: (handle: HandleOf<T>) => string;
  /** The result for people. */
  lines: (result: Results[T], workflowId: string) => string[];
  /** More for a terminal, after the lines. */
  show?(result: Results[T]): Promise<void>;
}

export async function startAndWatch<T extends WorkflowType>(work: Work<T>): Promise<void> {
  const { startOrAttach, validInput } = await import('../start.ts');
  // Wrong usage shows without a server.
  const input = validInput(work.type, work.input);
  await withClient(async (client) => {
    const { output } = work;
    const handle = await startOrAttach(client, work.type, input);
    output.say(`${handle.attached ? 'Attached to' : 'Started'} ${handle.workflowId}`);
    const again = work.again(handle);
    if (work.detach === true) {
      const data = { workflow_id: handle.workflowId, run_id: handle.runId, attached: handle.attached };
      output.print(data, [`It runs on its own. To watch it:\n  ${again}`]);
      return;
    }
    const result = await watch({ client, handle, output, again });
    output.print(result, work.lines(result, handle.workflowId));
    await work.show?.(result);
  });
}

/** The command line of this process, to be typed again. */
export function sameCommand(args: readonly string[] = process.argv.slice(2)): string {
  return ['feishu-vc', ...args.filter((argument) => argument !== '--detach').map(shellWord)].join(' ');
}
