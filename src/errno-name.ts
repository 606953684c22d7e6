/**
 * The names of error numbers.
 * @module
 */
import { errno } from '../generated/errno.ts'

// Three numbers have two names. Node reports EAGAIN, EDEADLK and ENOTSUP, so a program may match what it matches already.
const aliases: readonly string[] = ['EWOULDBLOCK', 'EDEADLOCK', 'EOPNOTSUPP']
let names: ReadonlyMap<number, string> | undefined

/** The name of an errno, given positive: `EAGAIN` for 11. What has no name is shown as a number: `E525`. */
export function errnoName(number: number): string {
  names ??= new Map(Object.entries(errno).filter(([name]) => !aliases.includes(name)).map(([name, number]) => [number, name]))
  return names.get(number) ?? `E${number}`
}
