/**
 * `cmsg completion`: prints a completion script for a shell. The script contains all completions, so that pressing a key does not
 * start a program.
 * @module
 */
import { Argument, type Command, type Option } from 'commander'
import { examples, valuesOf } from './usage.ts'

const shells = ['bash', 'zsh', 'fish'] as const

export function define(command: Command): void {
  command
    .description('Print a script that completes subcommands, options and their values.')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText('after', examples([
      ['source <(cmsg completion bash)', 'In ~/.bashrc'],
      ['source <(cmsg completion zsh)', 'In ~/.zshrc, after compinit'],
      ['cmsg completion fish > ~/.config/fish/completions/cmsg.fish', 'For fish'],
      ['cmsg completion bash > /etc/bash_completion.d/cmsg', 'For all users'],
    ]))
    .action((shell: typeof shells[number]) => {
      const { commands } = command.parent!
      process.stdout.write({ bash, zsh, fish }[shell](commands.map(completionOf)))
    })
}

interface CompletedOption {
  readonly flags: readonly string[]
  readonly description: string
  /** True if a value follows. `values` is empty if the value can be anything, such as a file. */
  readonly takesValue: boolean
  readonly values: readonly string[]
}

interface Completion {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  /** Values of its first argument. */
  readonly values: readonly string[]
}

const optionOf = (option: Option): CompletedOption => ({
  flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
  description: option.description, takesValue: option.required || option.optional, values: valuesOf(option),
})

const completionOf = (command: Command): Completion => ({
  name: command.name(), summary: command.summary(),
  values: command.registeredArguments[0] === undefined ? [] : valuesOf(command.registeredArguments[0]),
  options: command.createHelp().visibleOptions(command).map(optionOf),
})

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Returns the lines of a shell `case` for each subcommand and option. */
function bash(completions: readonly Completion[]): string {
  const orFiles = '[ -n "$words" ] || files=1'
  const valueOf = ({ flags, values }: CompletedOption): string =>
    `        ${flags.join('|')}) words=${quoted(values.join(' '))}; ${orFiles} ;;`
  const cases = completions.map(({ name, options, values }) => {
    const flags = options.flatMap(({ flags }) => flags).join(' ')
    return `    ${name})
      case $previous in
${options.filter(({ takesValue }) => takesValue).map(valueOf).join('\n')}
        *) if [[ $current == -* ]]; then words=${quoted(flags)}; else words=${quoted(values.join(' '))}; ${orFiles}; fi ;;
      esac ;;`
  })
  return `# bash completion of cmsg
_cmsg() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words= files=
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    words=${quoted([...completions.map(({ name }) => name), 'help', '--help', '--version'].join(' '))}
  else case \${COMP_WORDS[1]} in
    help) words=${quoted(completions.map(({ name }) => name).join(' '))} ;;
${cases.join('\n')}
  esac; fi
  # A comma separates kinds: the last of them is completed.
  local done=
  [[ $current != *,* ]] || done=\${current%,*},
  local word
  for word in $(compgen -W "$words" -- "\${current#"$done"}"); do COMPREPLY+=("$done$word"); done
  [ -z "$files" ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _cmsg cmsg
`
}

/** zsh uses bash's function, so that the completions exist once. */
const zsh = (completions: readonly Completion[]): string => `# zsh completion of cmsg
autoload -U +X bashcompinit && bashcompinit
${bash(completions)}`

function fish(completions: readonly Completion[]): string {
  const names = completions.map(({ name }) => name).join(' ')
  const lines = completions.flatMap(({ name, summary, options, values }) => [
    `complete -c cmsg -n 'not __fish_seen_subcommand_from ${names}' -f -a ${name} -d ${quoted(summary)}`,
    ...(values.length > 0 ? [`complete -c cmsg -n '__fish_seen_subcommand_from ${name}' -f -a ${quoted(values.join(' '))}`] : []),
    ...options.map(({ flags, description, takesValue, values }) => [
      `complete -c cmsg -n '__fish_seen_subcommand_from ${name}'`,
      ...flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)),
      ...(takesValue ? [values.length > 0 ? `-x -a ${quoted(values.join(' '))}` : '-r'] : []), `-d ${quoted(description)}`,
    ].join(' ')),
  ])
  return `# fish completion of cmsg\n${lines.join('\n')}\n`
}
