/** `completion`: what a shell needs to complete the commands, made from their own tree. */
import { shellQuoted } from '../../model/shell-word.ts';
import { Argument, type Command, type Option } from 'commander';
import { print } from '../../report/terminal.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that has a shell complete commands, options and their values')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples, in the start-up file of the shell:\n  source <(feishu-vc completion bash)' +
        '\n  source <(feishu-vc completion zsh)\n  feishu-vc completion fish | source',
    )
    .action((shell: Shell) => print(process.stdout, completionScript(program, shell).trimEnd()));
}

/** Of one command, or of all of them at once (the path is empty). */
interface Level {
  /** Names from the program's on, such as `backfill start`. */
  path: string;
  commands: { name: string; about: string }[];
  options: { flags: string[]; about: string; values: readonly string[]; takesValue: boolean }[];
  /** What its arguments may be, where that is known. */
  values: string[];
}

export function completionScript(program: Command, shell: Shell): string {
  return WRITERS[shell](levelsOf(program, ''));
}

function levelsOf(command: Command, path: string): Level[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const level: Level = {
    path,
    commands: commands.map((each) => ({ name: each.name(), about: each.description() })),
    options: help.visibleOptions(command).map(optionOf),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
  const below = commands.flatMap((each) => levelsOf(each, path === '' ? each.name() : `${path} ${each.name()}`));
  return [level, ...below];
}

function optionOf(option: Option): Level['options'][number] {
  return {
    flags: [option.long, option.short].filter((flag) => flag !== undefined),
    about: option.description,
    values: option.argChoices ?? [],
    takesValue: option.required,
  };
}

/** Every path with the word before its last: patterns that tell how a line of words goes down the tree. */
function stepsOf(levels: readonly Level[]): string[] {
  return levels.filter(({ path }) => path !== '').map(({ path }) => (path.includes(' ') ? path : ` ${path}`));
}

/** Patterns `path --flag` of the options that take a value, with the values that are known. */
function valuesOf(levels: readonly Level[]): { patterns: string[]; values: readonly string[] }[] {
  return levels.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ flags, values }) => ({ patterns: flags.map((flag) => `${path} ${flag}`), values })),
  );
}

const alternatives = (patterns: readonly string[]): string => patterns.map(shellQuoted).join('|');

/** In bash and zsh: goes down the tree by the words that stand before the one to complete. */
const walk = (levels: readonly Level[], words: string): string =>
  `  for word in "${words}"; do
    case "$at $word" in
      ${alternatives(stepsOf(levels))}) at="\${at:+$at }$word" ;;
    esac
  done`;

const WRITERS: Record<Shell, (levels: readonly Level[]) => string> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(levels: readonly Level[]): string {
  const values = valuesOf(levels).map(
    ({ patterns, values: known }) =>
      `    ${alternatives(patterns)}) COMPREPLY=($(compgen -W ${shellQuoted(known.join(' '))} -- "$cur")); return ;;`,
  );
  const words = levels.map(({ path, commands, options, values: known }) => {
    const all = [...commands.map(({ name }) => name), ...known, ...options.flatMap(({ flags }) => flags)];
    return `    ${shellQuoted(path)}) words=${shellQuoted(all.join(' '))} ;;`;
  });
  return `# bash completion for feishu-vc: source <(feishu-vc completion bash)
_feishu_vc() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' word
  # bash takes the = of --flag=value for a word of its own.
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
${walk(levels, '${COMP_WORDS[@]:1:COMP_CWORD-1}')}
  COMPREPLY=()
  case "$at $prev" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
# Where nothing of ours fits, files are offered.
complete -o default -F _feishu_vc feishu-vc
`;
}

/** A colon divides what is completed from what is said of it. */
const described = (name: string, about: string): string => shellQuoted(`${name.replaceAll(':', '\\:')}:${about}`);

function zshScript(levels: readonly Level[]): string {
  const values = valuesOf(levels).map(
    ({ patterns, values: known }) =>
      `    ${alternatives(patterns)}) ${known.length > 0 ? `compadd -- ${known.map(shellQuoted).join(' ')}` : '_files'}; return ;;`,
  );
  const words = levels.map(({ path, commands, options, values: known }) => {
    const named = [...commands.map(({ name, about }) => described(name, about)), ...known.map(shellQuoted)];
    const flags = options.flatMap(({ flags: each, about }) => each.map((flag) => described(flag, about)));
    return `    ${shellQuoted(path)}) commands=(${named.join(' ')}); options=(${flags.join(' ')}) ;;`;
  });
  return `#compdef feishu-vc
# zsh completion for feishu-vc: source <(feishu-vc completion zsh), after compinit
_feishu_vc() {
  local at='' word
  local -a commands options
${walk(levels, '${(@)words[2,CURRENT-1]}')}
  case "$at \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then _describe option options
  elif (( $#commands )); then _describe command commands
  else _files
  fi
}
compdef _feishu_vc feishu-vc
`;
}

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function fishScript(levels: readonly Level[]): string {
  const lines = levels.flatMap(({ path, commands, options, values }) => {
    const here = `complete -c feishu-vc -n ${fishQuoted(`__feishu_vc_at ${fishQuoted(path)}`)}`;
    return [
      ...commands.map(({ name, about }) => `${here} -f -a ${name} -d ${fishQuoted(about)}`),
      ...values.map((value) => `${here} -f -a ${fishQuoted(value)}`),
      ...options.map(({ flags, about, values: known, takesValue }) => {
        const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
        const value = known.length > 0 ? ` -x -a ${fishQuoted(known.join(' '))}` : takesValue ? ' -r' : '';
        return `${here} ${names.join(' ')}${value} -d ${fishQuoted(about)}`;
      }),
    ];
  });
  return `# fish completion for feishu-vc: feishu-vc completion fish | source
function __feishu_vc_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$at $word" ${stepsOf(levels).map(fishQuoted).join(' ')}
            set at (string trim -- "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}
`;
}
