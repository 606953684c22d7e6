/**
 * Numbers in addresses.
 * @module
 */
import { invalidAddress, invalidType, show } from '../misuse.ts'

/** Checks an unsigned integer with this many bits, and returns it. */
export function addressInteger(what: string, value: unknown, bits: number): number {
  if (typeof value !== 'number') throw invalidType(`Cannot use ${show(value)} as ${what}: expected a number`)
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits) {
    throw invalidAddress(`Cannot use ${value} as ${what}: expected an integer from 0 to ${2 ** bits - 1}`)
  }
  return value
}
