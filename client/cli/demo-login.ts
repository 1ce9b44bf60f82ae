/** The log-in of `demo --user`: the real one, at the sandbox's consent page. */
import { fetch } from 'undici';
import { startChild } from '../embedded/children.ts';
import type { DemoFolder } from './demo-folder.ts';
import type { DemoParts } from './demo-parts.ts';
import { programPath } from './programs.ts';

const READY_TIMEOUT_MS = 60_000;

interface LoginOptions {
  folder: DemoFolder;
  /** With the settings of the worker. */
  env: Record<string, string>;
  /** Nobody is asked: the demo clicks. */
  isAgreed: boolean;
  say: (line: string) => void;
}

/** Resolves when somebody is logged in. */
export async function logIn(parts: DemoParts, { folder, env, isAgreed, say }: LoginOptions): Promise<void> {
  const child = startChild({
    name: 'the log-in',
    command: process.execPath,
    args: ['--enable-source-maps', await programPath('login'), '--device'],
    env,
    cwd: folder.path,
    logFile: folder.log('login'),
  });
  const done = parts.addJob(child);
  // One that fails before it has said its address is seen below.
  done.catch(() => undefined);
  const page = await child.waitForLine((line) => /http:\/\/\S+user_code=\S+/.exec(line)?.[0], READY_TIMEOUT_MS);
  if (isAgreed) {
    say(`  Log-in    the demo itself agrees, on ${page}`);
    await agree(page);
  } else {
    say(`  Log-in    open ${page}`);
    say('            and agree there, as a user does at Feishu: the exports are made as that user. Waiting …');
  }
  await done;
  say('            logged in');
}

/** What the button of the sandbox's page does. */
async function agree(page: string): Promise<void> {
  const userCode = new URL(page).searchParams.get('user_code') ?? '';
  const body = new URLSearchParams({ decision: 'agree', user_code: userCode }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(page, { method: 'POST', body, headers });
  if (!answer.ok) throw new Error(`the sandbox's consent page answers ${answer.status}`);
}
