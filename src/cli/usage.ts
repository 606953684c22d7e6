/**
 * Options and checks that all subcommands share. Wrong arguments are a {@link usage} error, exit status 2.
 * @module
 */
import { Option, InvalidArgumentError, type Argument } from 'commander'
import { abis, type Abi } from '../abi/abi.ts'
import { families, type Family } from '../control/define.ts'
import { didYouMean } from '../reference/text.ts'
import { printable } from './style.ts'

/** Exit statuses. After a signal, the command cleans up and then ends by that signal. */
export const status = { ok: 0, failed: 1, usage: 2 } as const

/** Wrong arguments: reported on one line, exit status 2. */
export class UsageError extends Error {}

export const usage = (message: string): UsageError => new UsageError(message)

const refuse = (message: string): never => { throw new InvalidArgumentError(message) }

const oneOf = (what: string, given: string, known: readonly string[]): never =>
  refuse(`There is no ${what} ${printable(given)}.${didYouMean(given, known) || ` Expected one of ${known.join(', ')}.`}`)

/** Creates a parser for an option that is a whole number. */
export const whole = (low: number, high: number = Number.MAX_SAFE_INTEGER) => (text: string): number => {
  const number = Number(text)
  return /^\d+$/.test(text) && number >= low && number <= high
    ? number
    : refuse(`Expected a whole number from ${low}${high === Number.MAX_SAFE_INTEGER ? '' : ` to ${high}`}.`)
}

/** Finds a target by its name, or by an unambiguous beginning of it. */
export function target(text: string): Abi {
  if (Object.hasOwn(abis, text)) return abis[text as keyof typeof abis]
  const names = Object.keys(abis)
  const matching = names.filter((name) => name.startsWith(text))
  // Prefers glibc to musl: the kernel reads the same bytes from both.
  const [chosen] = matching.filter((name) => !name.includes('musl') || text.includes('musl'))
  return text !== '' && chosen !== undefined && new Set(matching.map((name) => name.split('-')[0])).size === 1
    ? abis[chosen as keyof typeof abis] : oneOf('target', text, names)
}

const offered = new WeakMap<Option | Argument, readonly string[]>()

/** Sets the values that a shell completes for an option or argument, which may accept others too. */
export function offering<T extends Option | Argument>(what: T, values: readonly string[]): T {
  offered.set(what, values)
  return what
}

/** Returns the values that a shell completes. */
export const valuesOf = (what: Option | Argument): readonly string[] => offered.get(what) ?? what.argChoices ?? []

/** Creates a parser for a repeatable option. */
export const repeated = <T>(parse: (text: string) => T) =>
  (text: string, before: readonly T[] | undefined): T[] => [...before ?? [], parse(text)]

export const family = (text: string): Family =>
  (families as readonly string[]).includes(text) ? text as Family : oneOf('family', text, families)

/** Formats the examples at the end of `--help`. */
export function examples(lines: readonly (readonly [command: string, meaning: string])[]): string {
  return `\nExamples:\n${lines.map(([command, meaning]) => `  ${meaning}\n    $ ${command}`).join('\n')}`
}

/** An option for a target. */
export const targetOption = (description: string): Option => offering(new Option('-t, --target <target>', description), Object.keys(abis))

/** An option for a family of sockets. */
export const familyOption = (description: string): Option =>
  offering(new Option('-f, --family <family>', description).argParser(family), families)
