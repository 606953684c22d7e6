/**
 * Variables by which systemd talks to a service. Errors state the name and the value of the variable, because the caller has
 * written neither.
 * @module
 */
import { invalidEnvironment, show } from '../errors.ts'

/** The largest number that is exact: microseconds may be up to 2⁶⁴. */
const largest = Number.MAX_SAFE_INTEGER

/** A whole number, `undefined` where the variable is not set. @throws RangeError `ERR_CMSG_INVALID_ENVIRONMENT` for anything else */
export function numberIn(name: string, low: number, high: number = largest): number | undefined {
  const text = process.env[name]
  if (text === undefined) return undefined
  const number = /^\d+$/.test(text) ? Number(text) : NaN
  if (!(number >= low && number <= high)) {
    throw invalidEnvironment(`Cannot use ${name}=${show(text)} of the environment: expected a whole number from ${low} to ${high}`)
  }
  return number
}
