/**
 * The arguments of the examples.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util'

/** Prints how to call an example, and ends the process. */
export function usage(line: string): never {
  console.error(`usage: ${line}`)
  process.exit(2)
}

/** Parses the arguments. If one is unknown, as `--help` is, this prints how to call the example, and ends the process. */
export function parse<const T extends NonNullable<ParseArgsConfig['options']>>(line: string, options: T) {
  try {
    return parseArgs({ allowPositionals: true, options })
  } catch {
    return usage(line)
  }
}
