/**
 * The names of error numbers.
 * @module
 */
import { errno } from '../generated/errno.ts'

// Three numbers have two names. These are the ones that Node does not report, so programs can match the same codes as with Node.
const aliases: readonly string[] = ['EWOULDBLOCK', 'EDEADLOCK', 'EOPNOTSUPP']
let names: ReadonlyMap<number, string> | undefined

/** Returns the name of a positive errno: `EAGAIN` for 11. Without a name it is `E` and the number: `E525`. */
export function errnoName(number: number): string {
  names ??= new Map(Object.entries(errno).filter(([name]) => !aliases.includes(name)).map(([name, number]) => [number, name]))
  return names.get(number) ?? `E${number}`
}
