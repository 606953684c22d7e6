/**
 * What every subcommand is made with, and what it refuses: wrong arguments are a {@link usage} error, exit status 2.
 * @module
 */
import { Option, InvalidArgumentError, type Argument } from 'commander'
import { abis, type Abi } from '../abi/abi.ts'
import { families, type Family } from '../control/define.ts'
import { didYouMean } from '../reference/text.ts'
import { printable } from './style.ts'

/** What the exit status says. A signal ends the command as it ends any other, after it has cleaned up. */
export const status = { ok: 0, failed: 1, usage: 2 } as const

/** Arguments that cannot be: told in one line, exit status 2. */
export class UsageError extends Error {}

export const usage = (message: string): UsageError => new UsageError(message)

const refuse = (message: string): never => { throw new InvalidArgumentError(message) }

const oneOf = (what: string, given: string, known: readonly string[]): never =>
  refuse(`There is no ${what} ${printable(given)}.${didYouMean(given, known) || ` Expected one of ${known.join(', ')}.`}`)

/** An option's whole number. */
export const whole = (low: number, high: number = Number.MAX_SAFE_INTEGER) => (text: string): number => {
  const number = Number(text)
  return /^\d+$/.test(text) && number >= low && number <= high ? number : refuse(`Expected a whole number from ${low}${high === Number.MAX_SAFE_INTEGER ? '' : ` to ${high}`}.`)
}

/** A target, in full, or as much of its name as tells it from the others. */
export function target(text: string): Abi {
  if (Object.hasOwn(abis, text)) return abis[text as keyof typeof abis]
  const names = Object.keys(abis)
  const matching = names.filter((name) => name.startsWith(text))
  // Of the two C libraries of a CPU, glibc: the kernel reads the same bytes from both.
  const [chosen] = matching.filter((name) => !name.includes('musl') || text.includes('musl'))
  return text !== '' && chosen !== undefined && new Set(matching.map((name) => name.split('-')[0])).size === 1
    ? abis[chosen as keyof typeof abis] : oneOf('target', text, names)
}

const offered = new WeakMap<Option | Argument, readonly string[]>()

/** An option or argument whose values a shell completes. They need not be all that it takes. */
export function offering<T extends Option | Argument>(what: T, values: readonly string[]): T {
  offered.set(what, values)
  return what
}

/** The values that a shell offers. */
export const valuesOf = (what: Option | Argument): readonly string[] => offered.get(what) ?? what.argChoices ?? []

/** A repeatable option. */
export const repeated = <T>(parse: (text: string) => T) => (text: string, before: readonly T[] | undefined): T[] => [...before ?? [], parse(text)]

export const family = (text: string): Family => (families as readonly string[]).includes(text) ? text as Family : oneOf('family', text, families)

/** The end of a `--help`: what to type, and what comes of it. */
export function examples(lines: readonly (readonly [command: string, meaning: string])[]): string {
  return `\nExamples:\n${lines.map(([command, meaning]) => `  ${meaning}\n    $ ${command}`).join('\n')}`
}

/** An option for a target. */
export const targetOption = (description: string): Option => offering(new Option('-t, --target <target>', description), Object.keys(abis))

/** An option for a family of sockets. */
export const familyOption = (description: string): Option => offering(new Option('-f, --family <family>', description).argParser(family), families)
