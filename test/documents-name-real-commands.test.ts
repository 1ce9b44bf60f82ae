import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../client/cli/program.ts';
import { blocksOf, documentText } from './support/documents.ts';

const PAIRS = [['docs/first-report.md', 'docs/first-report.zh-CN.md'] as const];

/** The commands of the page's blocks, as their words. */
function commandsOf(path: string): string[][] {
  const lines = blocksOf(documentText(path), 'sh').flatMap((block) => block.split('\n'));
  return lines.flatMap((line) => {
    const [, words] = /(?:^|[(])(?:npx )?feishu-vc (.*?)\)?\s*(?:#.*)?$/.exec(line) ?? [];
    return words === undefined ? [] : [words.split(' ')];
  });
}

/** What the words name that is not there. */
function unknownIn(words: readonly string[]): string[] {
  let command: Command = createProgram();
  const rest = [...words];
  for (let below = find(command, rest[0]); below; below = find(command, rest[0])) {
    command = below;
    rest.shift();
  }
  if (command.parent === null) return [`no command ${words.join(' ')}`];
  // Its flags are the sandbox's own.
  if (command.name() === 'sandbox') return [];
  const flags = rest.filter((word) => word.startsWith('-'));
  return flags.filter((flag) => !command.options.some(({ long, short }) => flag === long || flag === short));
}

const find = (command: Command, name: string | undefined): Command | undefined =>
  command.commands.find((each) => each.name() === name);

test.each(PAIRS)('%s names commands and options that are there, and the Chinese page the same', (english, chinese) => {
  const commands = commandsOf(english);
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.flatMap(unknownIn)).toEqual([]);
  expect(commandsOf(chinese)).toEqual(commands);
});
