/**
 * Parses and prints addresses: a path, `@abstract`, `ip:port`, `[ip6]:port`.
 * @module
 */
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { encodeAddress, formatAddress, type Address } from '../address/address.ts'
import { printable } from './style.ts'
import { usage } from './usage.ts'

/** The forms of addresses, for `--help`. */
export const addressForms = 'a path, @abstract-name, 127.0.0.1:5000 or [::1]:5000'

/** Parses an address, and checks it as far as possible without a socket. */
export function parseAddress(text: string): Address {
  const address = parse(text)
  try {
    encodeAddress(address)
  } catch (error) {
    throw usage((error as Error).message)
  }
  return address
}

function parse(text: string): Address {
  if (text === '') throw usage(`an empty address: expected ${addressForms}`)
  if (text.startsWith('@')) return { abstract: text.slice(1) }
  const [, ip6, zone, port6] = /^\[([^\]%]*)(?:%([^\]]+))?\]:(\d+)$/.exec(text) ?? []
  if (ip6 !== undefined) return { address: ip6, port: Number(port6), ...(zone === undefined ? {} : { scopeId: scopeOf(zone) }) }
  const [, host, port] = /^([\w.-]+):(\d+)$/.exec(text) ?? []
  if (host !== undefined && /^[\d.]+$/.test(host)) return { address: host, port: Number(port) }
  const refuse = (reason: string): never => { throw usage(`${printable(text)} ${reason}; a path of this name is ./${printable(text)}`) }
  if (isIP(text.replace(/^\[(.*)\]$/, '$1').replace(/%.*/, '')) !== 0) refuse(`has no port: expected ${addressForms}`)
  if (host !== undefined) refuse('is not an address: host names are not looked up')
  if (/^(?:\[[^\]]*\]|[\d.]+):[^/]*$|^[\w.-]+:\d[^/]*$/.test(text)) refuse(`has no valid port: expected ${addressForms}`)
  return { path: text }
}

function scopeOf(zone: string): number {
  const found = /^\d+$/.test(zone) ? Number(zone) : networkInterfaces()[zone]?.find((entry) => entry.family === 'IPv6')?.scopeid
  if (found === undefined) throw usage(`there is no network interface ${printable(zone)} with an IPv6 address`)
  return found
}

/** Formats an address for a terminal, with control characters escaped. */
export const showAddress = (address: Address): string => ('unnamed' in address ? 'an unnamed socket' : printable(formatAddress(address)))
