/** The scripts that complete commands, loaded by the shells that they are for. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completionScript } from '../client/cli/completion.ts';
import { createProgram } from '../client/cli/program.ts';

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'completion-'));
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    await writeFile(join(folder, shell), completionScript(createProgram(), shell));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the shell offers for the last word of a line. Runs the script as it is, in the shell that it is for. */
type Complete = (line: string) => Promise<string[]>;

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const inBash: Complete = async (line) => {
  const program = `source ${join(folder, 'bash')}
    read -r -a COMP_WORDS <<< "$1"
    [[ $1 == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    _feishu_vc
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  return linesOf((await run('bash', ['--norc', '-c', program, 'bash', line])).stdout);
};

const inFish: Complete = async (line) => {
  const program = `source ${join(folder, 'fish')}; complete -C ${JSON.stringify(line)}`;
  const { stdout } = await run('fish', ['--no-config', '-c', program], { env: { ...process.env, HOME: folder } });
  return linesOf(stdout).map((each) => each.split('\t')[0] ?? '');
};

/** An interactive zsh on a terminal of its own; a list of what fits is shown when Tab is pressed. */
const inZsh: Complete = async (line) => {
  const program = `zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell 'PS1="ready> "; stty columns 200 rows 200; autoload -Uz compinit; compinit -u -D; source ${join(folder, 'zsh')}; zstyle ":completion:*" list-prompt ""; LISTMAX=9999; unsetopt MENU_COMPLETE AUTO_MENU; setopt LIST_PACKED; list() { zle complete-word; zle list-choices; zle -R; print the-list-is-""whole }; zle -N list; bindkey "^T" list; print set-up-done'
    text=''; while [[ $text != *$'\\n'set-up-done* ]]; do zpty -r shell part && text+=$part; done
    # The key lists what Tab would, below the line, and says when the list is whole.
    # What is typed just before the shell reads its line may be lost: it is typed anew.
    text=''; tick=0; while [[ $text != *the-list-is-whole* ]]; do
      (( tick++ % 50 )) || zpty -w -n shell $'\\C-u'"$1"$'\\C-t'
      zpty -r -t shell part && text+=$part || sleep 0.1
    done
    print -r -- "$text"
    zpty -d shell`;
  const { stdout } = await run('zsh', ['-f', '-c', program, 'zsh', line], { env: { ...process.env, TERM: 'dumb' } });
  return stdout.split(/\s+/);
};

function isThere(shell: string): boolean {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

const EVERYTHING = createProgram().commands.map((command) => command.name());

const SHELLS = { bash: inBash, zsh: inZsh, fish: inFish };
const missing = Object.keys(SHELLS).filter((shell) => !isThere(shell));
for (const shell of missing) console.warn(`skipped: there is no ${shell} here`);

for (const [shell, complete] of Object.entries(SHELLS))
  describe.skipIf(missing.includes(shell))(`completion in ${shell}`, () => {
    test('offers every command', async () => {
      expect(await complete('feishu-vc ')).toEqual(expect.arrayContaining(EVERYTHING));
    });

    test('offers the commands of a group, and only those that fit', async () => {
      const offered = await complete('feishu-vc backfill st');
      expect(offered).toEqual(expect.arrayContaining(['start', 'status']));
      expect(offered).not.toContain('watch');
      expect(offered).not.toContain('setup');
    });

    test('offers the options of the command that stands in the line', async () => {
      expect(await complete('feishu-vc report 2026-10 --p')).toEqual(
        expect.arrayContaining(['--profile', '--pseudonymous']),
      );
    });

    test('offers what an option takes', async () => {
      expect(await complete('feishu-vc read meetings --format ')).toEqual(expect.arrayContaining(['csv', 'xlsx']));
    });

    test('offers what an argument may be', async () => {
      expect(await complete('feishu-vc export ')).toEqual(
        expect.arrayContaining(['meeting_list', 'resource_reservation_list']),
      );
    });
  });

test('bash offers what an option takes after an equals sign too', async () => {
  // As bash divides the line.
  expect(await inBash('feishu-vc read meetings --format = c')).toEqual(['csv']);
});

test('bash leaves words without a known value to its own completion of files', async () => {
  expect(await inBash('feishu-vc report 2026-10 --output rep')).toEqual([]);
});
