/**
 * The benches by their names.
 *
 *     npm run bench                                        a short form of each, a table of how they ended, and one of peers
 *     npm run bench -- read --rows 1000000                 one of them, with its own sizes
 *
 * What a bench takes stands at the head of its file. One whose program or server is not on this machine says so in the table.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPARISONS_FILE, readComparisons, type Comparison } from './all/comparisons.ts';
import { SHORT } from './all/short.ts';

const LONGEST_MS = 6 * 60_000;

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'all.ts')
  .map((file) => file.slice(0, -'.ts'.length));

interface Ended {
  code: number | null;
  /** Of what it said on stderr. */
  lastLine: string;
  seconds: number;
}

/** In a group of its own, so that what it starts ends with it. */
async function run(name: string, args: readonly string[], longestMs?: number): Promise<Ended> {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, `${name}.ts`), ...args], {
    stdio: ['inherit', 'inherit', 'pipe'],
    detached: longestMs !== undefined,
  });
  let lastLine = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    process.stderr.write(text);
    lastLine =
      text
        .trimEnd()
        .split('\n')
        .findLast((line) => /\S/.test(line)) ?? lastLine;
  });
  const end = (): void => void process.kill(-child.pid!, 'SIGKILL');
  const interrupted = (): void => {
    end();
    process.exit(130);
  };
  const tooLong = longestMs === undefined ? undefined : setTimeout(end, longestMs);
  // Of its own group, it does not hear of it otherwise.
  if (longestMs !== undefined) process.once('SIGINT', interrupted);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(tooLong);
  process.off('SIGINT', interrupted);
  return { code, lastLine, seconds: (performance.now() - began) / 1000 };
}

function outcomeOf({ code, lastLine }: Ended): string {
  if (code === 0) return 'ran';
  return code === null ? `took over ${LONGEST_MS / 60_000} min, or was ended` : `exit ${code}: ${lastLine}`;
}

function shown({ what, ours, peer, theirs }: Comparison): object {
  const ratio = theirs === 0 ? null : Number((ours / theirs).toFixed(2));
  return { what, ours: Number(ours.toPrecision(3)), peer, theirs: Number(theirs.toPrecision(3)), ratio };
}

const [name, ...args] = process.argv.slice(2);
if (name === undefined) {
  const table: Record<string, object> = {};
  const peers: object[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'bench-all-'));
  for (const [each, short] of Object.entries(SHORT)) {
    console.log(`\n== ${each} ${short.join(' ')}`);
    const told = join(folder, each);
    writeFileSync(told, '');
    process.env[COMPARISONS_FILE] = told;
    const ended = await run(each, short, LONGEST_MS);
    peers.push(...readComparisons(told).map((comparison) => ({ bench: each, ...shown(comparison) })));
    table[each] = { with: short.join(' '), seconds: Math.round(ended.seconds), outcome: outcomeOf(ended) };
    if (ended.code !== 0) process.exitCode = 1;
  }
  rmSync(folder, { recursive: true });
  console.table(table);
  console.table(peers);
} else if (names.includes(name)) {
  process.exitCode = (await run(name, args)).code ?? 1;
} else {
  console.error(`There is no bench ${name}. There are: ${names.join(', ')}`);
  process.exitCode = 2;
}
