/**
 * Sees to it that child processes end with this one, whatever ends it: SIGKILL leaves a process no time to stop its
 * children. One small process of its own holds the other end of a pipe, on which it is told which children there are. The
 * system closes the pipe with this process; it then ends those that are left, and itself.
 *
 * A shell does it: every machine with process groups has one, and it takes a megabyte.
 */
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { plainEnvironment } from '../../model/plain-environment.ts';

/** In tenths of a second: how long a child may take for an orderly end. */
const GRACE_TENTHS = 30;

/** Lines: `+ 123` a child's process group, `- 123` it has ended. Signals to a whole terminal are not for it. */
const SCRIPT = `
trap '' HUP INT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s TERM -- "-$group"; done
tenths=0
while [ $tenths -lt ${GRACE_TENTHS} ]; do
  left=
  for group in $groups; do if kill -s 0 -- "-$group"; then left=yes; fi; done
  if [ -z "$left" ]; then exit; fi
  sleep 0.1
  tenths=$((tenths + 1))
done
for group in $groups; do kill -s KILL -- "-$group"; done
`;

const guarded = new Set<number>();
let pipe: Writable | undefined;

/** @param group the id of a child that leads a process group of its own */
export function guard(group: number): void {
  if (process.platform === 'win32') return;
  guarded.add(group);
  if (pipe) pipe.write(`+ ${group}\n`);
  else startGuardian();
}

/** Its id may soon be another's. */
export function unguard(group: number): void {
  if (guarded.delete(group)) pipe?.write(`- ${group}\n`);
}

function startGuardian(): void {
  const guardian = spawn('/bin/sh', ['-c', SCRIPT], {
    env: plainEnvironment(process.env),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guardian.unref();
  const { stdin } = guardian;
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  pipe = stdin;
  // Without it everything works but this one thing: the next child starts another, which then hears of all of them.
  const gone = () => {
    if (pipe === stdin) pipe = undefined;
  };
  guardian.once('error', gone).once('exit', gone);
  stdin.on('error', gone);
  for (const group of guarded) stdin.write(`+ ${group}\n`);
}
