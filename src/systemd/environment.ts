/**
 * Reads the variables that systemd sets for a service. Errors contain the name and the value of the variable, because neither comes
 * from the caller.
 * @module
 */
import { invalidEnvironment, show } from '../errors.ts'

/** The largest number that is exact: microseconds may be up to 2⁶⁴. */
const largest = Number.MAX_SAFE_INTEGER

/** Returns a whole number, or `undefined` if the variable is not set. @throws RangeError `ERR_CMSG_INVALID_ENVIRONMENT` otherwise */
export function numberIn(name: string, low: number, high: number = largest): number | undefined {
  const text = process.env[name]
  if (text === undefined) return undefined
  const number = /^\d+$/.test(text) ? Number(text) : NaN
  if (!(number >= low && number <= high)) {
    throw invalidEnvironment(`Cannot use ${name}=${show(text)} of the environment: expected a whole number from ${low} to ${high}`)
  }
  return number
}
