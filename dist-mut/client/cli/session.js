/** One command's work on the server: connect, start or attach, wait, print. */
import { connectFeishuVc } from '../connect.js';
import { startOrAttach, validInput } from '../start.js';
import { watch } from './watch.js';
/** A person waits for the answer; a server that is up answers at once. */
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * The connection ends with the process. Closing it while a call waits to be tried again, as after Ctrl-C or in an
 * outage, makes the gRPC library throw from a timer, where nobody can catch it.
 */
export async function withClient(work) {
    return work(await connectFeishuVc({ connectTimeoutMs: CONNECT_TIMEOUT_MS }));
}
export async function startAndWatch(work) {
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
export function sameCommand(args = process.argv.slice(2)) {
    return ['feishu-vc', ...args.filter((argument) => argument !== '--detach').map(quoted)].join(' ');
}
function quoted(argument) {
    return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
//# sourceMappingURL=session.js.map