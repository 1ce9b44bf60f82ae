/** Flags of `feishu-vc sandbox` and of `node dist/sandbox/main.js`. */
import { Command } from 'commander';
/** The command; its action starts the sandbox, prints one line with its URL and runs until SIGINT or SIGTERM. */
export declare function sandboxCommand(): Command;
